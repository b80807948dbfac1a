#include "tests/integration/gated_hsm.h"

#include <utility>

namespace signet::testing {
namespace {

class GatedSigner : public hsm::Signer {
 public:
  GatedSigner(std::unique_ptr<hsm::Signer> signer, Gate& gate) : signer_(std::move(signer)), gate_(gate) {}

  absl::StatusOr<std::string> Sign(const hsm::KeySpec& key, absl::string_view digest) override {
    gate_.Pass();
    return signer_->Sign(key, digest);
  }

 private:
  const std::unique_ptr<hsm::Signer> signer_;
  Gate& gate_;
};

}  // namespace

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
  ++waiting_;
  changed_.NotifyAll();
  while (closed_) changed_.Wait(mutex_);
  --waiting_;
}

void Gate::AwaitWaiting(int count) {
  MutexLock lock(mutex_);
  while (waiting_ < count) changed_.Wait(mutex_);
}

absl::StatusOr<hsm::PublicKey> GatedHsm::GenerateKey(const hsm::KeySpec& spec) {
  gate_.Pass();
  return hsm_->GenerateKey(spec);
}

std::unique_ptr<hsm::Signer> GatedHsm::CreateSigner() { return std::make_unique<GatedSigner>(hsm_->CreateSigner(), gate_); }

}  // namespace signet::testing
