#include "hsm/software_hsm.h"

#include <memory>

#include "gtest/gtest.h"
#include "hsm/software_key_wrapper.h"
#include "hsm/testing/hsm_conformance.h"

namespace signet::hsm {
namespace {

class SoftwareBed : public HsmBed {
 public:
  Hsm& hsm() override { return *hsm_; }
  KeyWrapper& key_wrapper() override { return key_wrapper_; }

 private:
  const std::unique_ptr<Hsm> hsm_ = CreateSoftwareHsm();
  SoftwareKeyWrapper key_wrapper_{kUnwrappedKeys};
};

INSTANTIATE_TEST_SUITE_P(
    Software, HsmConformance,
    testing::Values(HsmUnderTest{
        "software", []() -> absl::StatusOr<std::unique_ptr<HsmBed>> { return std::make_unique<SoftwareBed>(); }, {}}));

}  // namespace
}  // namespace signet::hsm
