#ifndef SIGNET_SERVER_CORE_TESTING_FAULTY_KEY_WRAPPER_H_
#define SIGNET_SERVER_CORE_TESTING_FAULTY_KEY_WRAPPER_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "hsm/key_wrapper.h"
#include "server/core/testing/crash.h"

namespace signet::core {

// FaultyKeyWrapper passes calls on to another KeyWrapper, unless it was told to fail or its process has crashed.
class FaultyKeyWrapper final : public hsm::KeyWrapper {
 public:
  FaultyKeyWrapper(hsm::KeyWrapper& wrapper, Crash& crash) : wrapper_(wrapper), crash_(crash) {}

  // What these calls return instead of doing anything, unless it is OK.
  absl::Status check_error;
  absl::Status generate_wrapping_key_error;
  absl::Status generate_error;

  absl::Status CheckWraps(hsm::Algorithm algorithm) override {
    return check_error.ok() ? wrapper_.CheckWraps(algorithm) : check_error;
  }
  absl::Status GenerateWrappingKey(const hsm::WrappingKeySpec& spec) override {
    if (!generate_wrapping_key_error.ok()) return generate_wrapping_key_error;
    return crash_.Through([&] { return wrapper_.GenerateWrappingKey(spec); });
  }
  absl::Status ProveWrappingKey(absl::string_view id) override {
    return crash_.Through([&] { return wrapper_.ProveWrappingKey(id); });
  }
  absl::Status DestroyWrappingKey(absl::string_view id) override {
    return crash_.Through([&] { return wrapper_.DestroyWrappingKey(id); });
  }
  absl::StatusOr<std::vector<hsm::StoredWrappingKey>> ListWrappingKeys(absl::string_view label_prefix) override {
    return crash_.Through([&] { return wrapper_.ListWrappingKeys(label_prefix); });
  }
  absl::StatusOr<hsm::WrappedKey> GenerateWrappedKey(const hsm::KeySpec& spec, absl::string_view wrapping_key_id) override {
    if (!generate_error.ok()) return generate_error;
    return crash_.Through([&] { return wrapper_.GenerateWrappedKey(spec, wrapping_key_id); });
  }
  absl::StatusOr<hsm::WrappedKey> Rewrap(const hsm::KeySpec& spec, const hsm::WrappedKey& key,
                                         absl::string_view wrapping_key_id) override {
    return crash_.Through([&] { return wrapper_.Rewrap(spec, key, wrapping_key_id); });
  }
  std::unique_ptr<hsm::Signer> CreateSigner(const hsm::WrappedKeySource& source) override { return wrapper_.CreateSigner(source); }
  std::unique_ptr<hsm::Signer> CreateSignerOf(hsm::WrappedKey key) override { return wrapper_.CreateSignerOf(std::move(key)); }
  void Forget(absl::string_view id) override { wrapper_.Forget(id); }
  hsm::WrappingStatistics GetStatistics() const override { return wrapper_.GetStatistics(); }

 private:
  hsm::KeyWrapper& wrapper_;
  Crash& crash_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_TESTING_FAULTY_KEY_WRAPPER_H_
