#include "server/core/verified_signing.h"

#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/algorithm.h"
#include "server/core/names.h"

namespace signet::core {
namespace {

// One more after the first that was wrong.
constexpr int kAttempts = 2;

absl::StatusOr<std::string> SignOnce(const PublishedKey& key, absl::string_view digest, hsm::Signer& signer) {
  absl::StatusOr<std::string> signature = signer.Sign(key.signing_form().spec, digest);
  if (signature.ok()) return signature;
  // The name that the caller gave exists, so it is no NOT_FOUND of theirs: either the key was revoked between the look-up and the
  // signature, and a retry tells so, or the token has lost it.
  if (absl::IsNotFound(signature.status())) {
    return Error(absl::StatusCode::kUnavailable, reason::kHsmUnavailable,
                 absl::StrCat("the HSM does not hold the private key of ", FormatKeyName(key.name)));
  }
  // Only the operator can mend it: to a caller it is a server that does not sign for now.
  if (GetReason(signature.status()) == reason::kHsmPinRefused) {
    return Error(absl::StatusCode::kUnavailable, reason::kHsmPinRefused, signature.status().message());
  }
  return Annotate(signature.status(), FormatKeyName(key.name));
}

bool IsRight(const PublishedKey& key, absl::string_view digest, absl::string_view signature) {
  const bool signs_message = hsm::GetAlgorithmInfo(key.algorithm()).hash == hsm::Hash::kNone;
  return (signs_message ? key.public_key.VerifyMessage(digest, signature) : key.public_key.VerifyDigest(digest, signature)).ok();
}

}  // namespace

absl::StatusOr<std::string> VerifiedSigning::Sign(const PublishedKey& key, absl::string_view digest, hsm::Signer& signer) const {
  const bool verify = IsToBeVerified(key);
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    absl::StatusOr<std::string> signature = SignOnce(key, digest, signer);
    if (!signature.ok() || !verify) return signature;
    if (IsRight(key, digest, *signature)) {
      key.meter->SetProven(true);
      return signature;
    }
    key.meter->SetProven(false);
    ReportWrong(key);
  }
  return Error(absl::StatusCode::kUnavailable, reason::kHsmWrongSignature,
               absl::StrCat("the HSM signs wrongly with ", FormatKeyName(key.name), "; nothing wrong was released"));
}

bool VerifiedSigning::IsToBeVerified(const PublishedKey& key) const {
  if (!key.meter->proven()) return true;
  // Evenly spread: the n-th is verified if the share of n has reached the next whole number.
  const auto before = static_cast<double>(count_.fetch_add(1, std::memory_order_relaxed));
  return std::floor((before + 1) * options_.share) > std::floor(before * options_.share);
}

void VerifiedSigning::ReportWrong(const PublishedKey& key) const {
  if (options_.metrics != nullptr) options_.metrics->RecordWrongSignature();
  if (options_.logger == nullptr) return;
  options_.logger->Log(LogLevel::kError, "the HSM made a wrong signature, which was not released",
                       {{"key", FormatKeyName(key.name)}, {"algorithm", std::string(hsm::GetAlgorithmInfo(key.algorithm()).name)}});
}

}  // namespace signet::core
