#include "server/core/watched_signer.h"

#include "base/error.h"
#include "base/error_reason.h"

namespace signet::core {
namespace {

absl::Status GivenUp() {
  return Error(absl::StatusCode::kUnavailable, reason::kHsmUnavailable, "the signature took too long and was given up");
}

}  // namespace

absl::StatusOr<std::string> WatchedSigner::Sign(const hsm::KeySpec& key, absl::string_view digest) {
  if (!mark_.BeginCall()) return GivenUp();
  absl::StatusOr<std::string> signature = signer_->Sign(key, digest);
  if (!mark_.EndCall()) return GivenUp();
  return signature;
}

}  // namespace signet::core
