#include "server/core/digest_signing.h"

#include "absl/strings/str_cat.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/algorithm.h"
#include "hsm/digest.h"
#include "hsm/ecdsa_signature.h"
#include "server/core/signing_profile.h"

namespace signet::core {
namespace {

absl::Status CheckInput(const SigningInput& input) {
  const auto* data = std::get_if<DataInput>(&input.input);
  if (data != nullptr && data->bytes.size() > kMaxDataSize) {
    return InvalidField("data", absl::StrCat("is larger than ", kMaxDataSize, " bytes: send its digest"));
  }
  const absl::string_view bytes = data != nullptr ? data->bytes : std::get<DigestInput>(input.input).bytes;
  if (input.crc32c && *input.crc32c != Crc32c(bytes)) {
    return Error(absl::StatusCode::kInvalidArgument, reason::kChecksumMismatch,
                 "the input does not match input_crc32c: send it again");
  }
  return absl::OkStatus();
}

// Returns what the signer wants: the digest, or for Ed25519 the message itself. It is a part of `input`, or of `computed`.
absl::StatusOr<absl::string_view> ToDigest(const SigningInput& input, const hsm::AlgorithmInfo& algorithm, std::string& computed) {
  if (const auto* data = std::get_if<DataInput>(&input.input)) {
    if (algorithm.hash == hsm::Hash::kNone) return data->bytes;
    computed = hsm::ComputeDigest(algorithm.hash, data->bytes);
    return absl::string_view(computed);
  }
  const absl::string_view digest = std::get<DigestInput>(input.input).bytes;
  if (algorithm.hash == hsm::Hash::kNone) {
    return Error(absl::StatusCode::kInvalidArgument, reason::kAlgorithmUnsuitable,
                 absl::StrCat(algorithm.name, " signs data, not a digest: send the data"),
                 {{"algorithm", std::string(algorithm.name)}});
  }
  const size_t expected = hsm::DigestSize(algorithm.hash);
  if (digest.size() != expected) {
    return Error(absl::StatusCode::kInvalidArgument, reason::kDigestLength,
                 absl::StrCat("the digest has ", digest.size(), " bytes, ", algorithm.name, " needs ", expected),
                 {{"expected", absl::StrCat(expected)}, {"actual", absl::StrCat(digest.size())}});
  }
  return digest;
}

}  // namespace

absl::Status DigestSigning::CheckCaller() const {
  SIGNET_RETURN_IF_ERROR(CheckMayUseRing(profile_, ring_));
  return profile_ == nullptr ? absl::OkStatus() : CheckProfileDigest(*profile_);
}

absl::Status DigestSigning::Check() const {
  SIGNET_RETURN_IF_ERROR(CheckCaller());
  return parts_.admission.Check(ring_);
}

absl::Status DigestSigning::LookUp() {
  admission_.reset();
  SIGNET_RETURN_IF_ERROR(CheckCaller());
  const auto expiry_at = [](absl::Time now, const TenantSnapshot::Ring& ring) -> absl::StatusOr<absl::Time> {
    return now + ring.policy.max_token_ttl;
  };
  SIGNET_ASSIGN_OR_RETURN(admission_, parts_.admission.Admit(ring_, expiry_at));
  return absl::OkStatus();
}

absl::StatusOr<std::string> DigestSigning::Sign(const SigningInput& input, hsm::Signer& signer) {
  // A clock that is set back must not have it sign on with what it found before.
  const absl::Duration age = admission_ ? parts_.clock.Now() - admission_->now : absl::InfiniteDuration();
  if (age >= kLookUpInterval || age < absl::ZeroDuration()) SIGNET_RETURN_IF_ERROR(LookUp());

  SIGNET_RETURN_IF_ERROR(CheckInput(input));
  const hsm::AlgorithmInfo& algorithm = hsm::GetAlgorithmInfo(key().algorithm());
  std::string computed;
  SIGNET_ASSIGN_OR_RETURN(const absl::string_view digest, ToDigest(input, algorithm, computed));
  absl::StatusOr<std::string> signature = parts_.signing.Sign(key(), digest, signer);
  if (!signature.ok()) {
    const bool superseded = parts_.admission.IsSuperseded(ring_, key());
    admission_.reset();
    return superseded ? Sign(input, signer) : signature;
  }
  parts_.ledger.Count(key().meter, admission_->now, admission_->expiry);
  if (input.format == SignatureFormat::kDer && algorithm.key_type == hsm::KeyType::kEc) {
    return hsm::RawToDerSignature(algorithm.algorithm, *signature);
  }
  return signature;
}

}  // namespace signet::core
