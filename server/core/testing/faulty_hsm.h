#ifndef SIGNET_SERVER_CORE_TESTING_FAULTY_HSM_H_
#define SIGNET_SERVER_CORE_TESTING_FAULTY_HSM_H_

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/hsm.h"
#include "server/core/testing/crash.h"
#include "server/core/testing/faulty_key_wrapper.h"

namespace signet::core {

// FaultyHsm passes calls on to another Hsm, unless it was told to fail or its process has crashed.
class FaultyHsm : public hsm::Hsm {
 public:
  FaultyHsm(hsm::Hsm& hsm, Crash& crash) : key_wrapper_faults(hsm.key_wrapper(), crash), hsm_(hsm), crash_(crash) {}

  // What these calls return instead of doing anything, unless it is OK.
  absl::Status generate_error;
  absl::Status prove_error;
  absl::Status destroy_error;
  absl::Status health_error;
  // The id of a key that is not destroyed; empty: none.
  std::string indestructible;
  bool supports_all = true;

  bool Supports(hsm::Algorithm algorithm) const override { return supports_all && hsm_.Supports(algorithm); }
  absl::StatusOr<hsm::PublicKey> GenerateKey(const hsm::KeySpec& spec) override {
    if (!generate_error.ok()) return generate_error;
    return crash_.Through([&] { return hsm_.GenerateKey(spec); });
  }
  absl::StatusOr<hsm::PublicKey> ProveKey(const hsm::KeySpec& spec) override {
    if (!prove_error.ok()) return prove_error;
    return crash_.Through([&] { return hsm_.ProveKey(spec); });
  }
  absl::Status DestroyKey(absl::string_view id) override {
    if (!destroy_error.ok()) return destroy_error;
    if (id == indestructible) return Error(absl::StatusCode::kUnavailable, reason::kHsmUnavailable, "CKR_ACTION_PROHIBITED");
    return crash_.Through([&] { return hsm_.DestroyKey(id); });
  }
  absl::StatusOr<std::vector<hsm::StoredKey>> ListKeys(absl::string_view label_prefix) override {
    return crash_.Through([&] { return hsm_.ListKeys(label_prefix); });
  }
  std::unique_ptr<hsm::Signer> CreateSigner() override { return hsm_.CreateSigner(); }
  absl::Status CheckHealth() override { return health_error.ok() ? hsm_.CheckHealth() : health_error; }
  hsm::KeyWrapper& key_wrapper() override { return key_wrapper_faults; }

  FaultyKeyWrapper key_wrapper_faults;

 private:
  hsm::Hsm& hsm_;
  Crash& crash_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_TESTING_FAULTY_HSM_H_
