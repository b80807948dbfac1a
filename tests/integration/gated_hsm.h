#ifndef SIGNET_TESTS_INTEGRATION_GATED_HSM_H_
#define SIGNET_TESTS_INTEGRATION_GATED_HSM_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"
#include "hsm/hsm.h"

namespace signet::testing {

// Gate holds up whoever passes while it is closed. Thread-safe.
class Gate {
 public:
  void Close();
  void Open();
  // Waits while the gate is closed.
  void Pass();
  // Waits until `count` threads stand before the gate.
  void AwaitWaiting(int count);
  // How many have come to the gate so far.
  int arrived();

 private:
  Mutex mutex_;
  CondVar changed_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  int waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  int arrived_ ABSL_GUARDED_BY(mutex_) = 0;
};

// GatedHsm is another Hsm whose signing and key generation first pass a gate: a slow token, as slow as the test wants, or a broken
// one.
class GatedHsm : public hsm::Hsm {
 public:
  explicit GatedHsm(std::unique_ptr<hsm::Hsm> hsm) : hsm_(std::move(hsm)) {}

  Gate& gate() { return gate_; }
  // Every signature from now on fails with `error`; OK ends that.
  void FailSigning(absl::Status error);

  bool Supports(hsm::Algorithm algorithm) const override { return hsm_->Supports(algorithm); }
  absl::StatusOr<hsm::PublicKey> GenerateKey(const hsm::KeySpec& spec) override;
  absl::StatusOr<hsm::PublicKey> ProveKey(const hsm::KeySpec& spec) override { return hsm_->ProveKey(spec); }
  absl::Status DestroyKey(absl::string_view id) override { return hsm_->DestroyKey(id); }
  absl::StatusOr<std::vector<hsm::StoredKey>> ListKeys(absl::string_view label_prefix) override {
    return hsm_->ListKeys(label_prefix);
  }
  std::unique_ptr<hsm::Signer> CreateSigner() override;
  absl::Status CheckHealth() override { return hsm_->CheckHealth(); }
  hsm::KeyWrapper& key_wrapper() override { return hsm_->key_wrapper(); }

 private:
  class GatedSigner;
  absl::Status signing_error();

  const std::unique_ptr<hsm::Hsm> hsm_;
  Gate gate_;
  Mutex mutex_;
  absl::Status signing_error_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::testing

#endif  // SIGNET_TESTS_INTEGRATION_GATED_HSM_H_
