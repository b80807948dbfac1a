#ifndef SIGNET_HSM_TESTING_HSM_CONFORMANCE_H_
#define SIGNET_HSM_TESTING_HSM_CONFORMANCE_H_

#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <string>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "hsm/hsm.h"
#include "hsm/key_wrapper.h"
#include "hsm/testing/hsm_bed.h"

namespace signet::hsm {

// HsmUnderTest is an implementation that claims to be an Hsm.
struct HsmUnderTest {
  std::string name;
  std::function<absl::StatusOr<std::unique_ptr<HsmBed>>()> make_bed;
  // What its token cannot do, with the reason. The suite checks that it says so: nothing is skipped.
  std::map<Algorithm, std::string> unsupported;
  // Of the rest, what it cannot keep wrapped, with the reason. All of it: no wrapping is tested further.
  std::map<Algorithm, std::string> unwrappable = {};
  // What the tests that need any key make: an algorithm with SHA-256 that the token has and that is quick.
  Algorithm basic = Algorithm::kEs256;
  // How many keys each of two threads makes and destroys while others sign.
  int changes = 25;
};

inline void PrintTo(const HsmUnderTest& implementation, std::ostream* out) { *out << implementation.name; }

// HsmConformance is the suite that every Hsm passes. Link it and write
//   INSTANTIATE_TEST_SUITE_P(SoftHsm, HsmConformance, testing::Values(HsmUnderTest{…}));
class HsmConformance : public testing::TestWithParam<HsmUnderTest> {
 protected:
  void SetUp() override;

  Hsm& hsm() { return bed_->hsm(); }
  KeyWrapper& key_wrapper() { return bed_->key_wrapper(); }
  bool IsSupported(Algorithm algorithm) const { return GetParam().unsupported.count(algorithm) == 0; }
  Algorithm basic() const { return GetParam().basic; }
  bool CanBeWrapped(Algorithm algorithm) const { return IsSupported(algorithm) && GetParam().unwrappable.count(algorithm) == 0; }
  // Another one that the token has.
  Algorithm another() const;
  // A spec with an id that no other has.
  KeySpec NewSpec(Algorithm algorithm, const std::string& label = "signet/test/key");
  // The id of a new wrapping key; "" where the token cannot wrap a basic key, and was checked to say so.
  std::string NewWrappingKey();

 private:
  std::unique_ptr<HsmBed> bed_;
  int specs_made_ = 0;
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_TESTING_HSM_CONFORMANCE_H_
