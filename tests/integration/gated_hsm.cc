#include "tests/integration/gated_hsm.h"

#include <utility>

#include "base/error.h"

namespace signet::testing {

class GatedHsm::GatedSigner : public hsm::Signer {
 public:
  GatedSigner(std::unique_ptr<hsm::Signer> signer, GatedHsm& hsm) : signer_(std::move(signer)), hsm_(hsm) {}

  absl::StatusOr<std::string> Sign(const hsm::KeySpec& key, absl::string_view digest) override {
    hsm_.gate_.Pass();
    SIGNET_RETURN_IF_ERROR(hsm_.signing_error());
    return signer_->Sign(key, digest);
  }

 private:
  const std::unique_ptr<hsm::Signer> signer_;
  GatedHsm& hsm_;
};

void Gate::Close() {
  MutexLock lock(mutex_);
  closed_ = true;
}

void Gate::Open() {
  MutexLock lock(mutex_);
  closed_ = false;
  changed_.NotifyAll();
}

void Gate::Pass() {
  MutexLock lock(mutex_);
  ++arrived_;
  ++waiting_;
  changed_.NotifyAll();
  while (closed_) changed_.Wait(mutex_);
  --waiting_;
}

void Gate::AwaitWaiting(int count) {
  MutexLock lock(mutex_);
  while (waiting_ < count) changed_.Wait(mutex_);
}

int Gate::arrived() {
  MutexLock lock(mutex_);
  return arrived_;
}

void GatedHsm::FailSigning(absl::Status error) {
  MutexLock lock(mutex_);
  signing_error_ = std::move(error);
}

absl::StatusOr<hsm::PublicKey> GatedHsm::GenerateKey(const hsm::KeySpec& spec) {
  gate_.Pass();
  return hsm_->GenerateKey(spec);
}

std::unique_ptr<hsm::Signer> GatedHsm::CreateSigner() { return std::make_unique<GatedSigner>(hsm_->CreateSigner(), *this); }

absl::Status GatedHsm::signing_error() {
  MutexLock lock(mutex_);
  return signing_error_;
}

}  // namespace signet::testing
