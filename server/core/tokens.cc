#include "server/core/tokens.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/base64url.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/algorithm.h"
#include "hsm/digest.h"
#include "hsm/ecdsa_signature.h"
#include "server/core/checked_jws.h"
#include "server/core/claims.h"
#include "server/core/reserved_tenant.h"
#include "server/core/signing_profile.h"

namespace signet::core {

namespace {

// How often a signature may find its key superseded before it is refused; each time somebody else's rotation went through.
constexpr int kAdmissionAttempts = 4;

absl::Status Invalid(absl::string_view reason, absl::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, reason, message);
}

absl::StatusOr<std::shared_ptr<const TenantSnapshot>> GetTenant(const KeyDirectory& directory, const keystore::TenantId& id) {
  std::shared_ptr<const TenantSnapshot> tenant = directory.FindTenant(id);
  if (tenant == nullptr) {
    const std::string name = FormatTenantName(id);
    return Error(absl::StatusCode::kNotFound, reason::kTenantNotFound, absl::StrCat(name, " does not exist"), {{"tenant", name}});
  }
  return tenant;
}

absl::Status CheckFresh(const KeyDirectory& directory, absl::Duration signing_grace) {
  if (directory.IsFresh(signing_grace)) return absl::OkStatus();
  return Error(absl::StatusCode::kUnavailable, reason::kStoreUnavailable,
               "the store has not confirmed which keys are enabled; nothing is signed until it does");
}

absl::StatusOr<const TenantSnapshot::Ring*> GetRing(const TenantSnapshot& tenant, const RingName& ring_name) {
  const auto ring = tenant.rings.find(ring_name.ring);
  const std::string name = FormatRingName(ring_name);
  if (ring == tenant.rings.end()) {
    return Error(absl::StatusCode::kNotFound, reason::kKeyRingNotFound, absl::StrCat(name, " does not exist"), {{"ring", name}});
  }
  if (ring->second.current == nullptr) {
    return Error(
        absl::StatusCode::kFailedPrecondition, reason::kNoEnabledKey,
        absl::StrCat(name,
                     " has no enabled key: rotate it, or enable one of its keys; a rotation that is under way does so by itself"));
  }
  return &ring->second;
}

// Checks that a caller may have `ring` sign. Whoever had the system tenant's rings sign could make access tokens for Signet's own
// API, and seal a forged audit trail.
absl::Status CheckRing(const RingName& ring, const keystore::SigningProfile* profile) {
  SIGNET_RETURN_IF_ERROR(CheckNotReserved(ring.tenant));
  return profile == nullptr ? absl::OkStatus() : CheckProfileRing(*profile, ring.ring);
}

absl::Status CheckInput(const SignCommand& command) {
  const auto* data = std::get_if<DataInput>(&command.input);
  if (data != nullptr && data->bytes.size() > kMaxDataSize) {
    return InvalidField("data", absl::StrCat("is larger than ", kMaxDataSize, " bytes: send its digest"));
  }
  const std::string& bytes = data != nullptr ? data->bytes : std::get<DigestInput>(command.input).bytes;
  if (command.input_crc32c && *command.input_crc32c != Crc32c(bytes)) {
    return Invalid(reason::kChecksumMismatch, "the input does not match input_crc32c: send it again");
  }
  return absl::OkStatus();
}

// Returns what the signer wants: the digest, or for Ed25519 the message itself.
absl::StatusOr<std::string> ToDigest(const SignCommand& command, const hsm::AlgorithmInfo& algorithm) {
  if (const auto* data = std::get_if<DataInput>(&command.input)) {
    return algorithm.hash == hsm::Hash::kNone ? data->bytes : hsm::ComputeDigest(algorithm.hash, data->bytes);
  }
  const std::string& digest = std::get<DigestInput>(command.input).bytes;
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

absl::StatusOr<std::string> SignWith(const PublishedKey& key, absl::string_view digest, hsm::Signer& signer) {
  absl::StatusOr<std::string> signature = signer.Sign(key.spec, digest);
  if (signature.ok()) return signature;
  // The name that the caller gave exists, so it is no NOT_FOUND of theirs: either the key was revoked between the look-up and the
  // signature, and a retry tells so, or the token has lost it.
  if (absl::IsNotFound(signature.status())) {
    return Error(absl::StatusCode::kUnavailable, reason::kHsmUnavailable,
                 absl::StrCat("the HSM does not hold the private key of ", FormatKeyName(key.name)));
  }
  return Annotate(signature.status(), FormatKeyName(key.name));
}

// Returns how long the token lives, in whole seconds.
absl::StatusOr<absl::Duration> ResolveTtl(const SignTokenCommand& command, absl::Duration max_token_ttl) {
  const std::optional<absl::Duration>& ttl = command.ttl;
  if (!ttl) {
    const bool limited = command.profile != nullptr && command.profile->max_ttl;
    const absl::Duration max = limited ? std::min(max_token_ttl, *command.profile->max_ttl) : max_token_ttl;
    return absl::Trunc(std::min(kDefaultTokenTtl, max), absl::Seconds(1));
  }
  if (*ttl < absl::Seconds(1)) return InvalidField("ttl", "is shorter than 1 second");
  if (*ttl > max_token_ttl) {
    const std::string max = absl::StrCat(absl::ToInt64Seconds(max_token_ttl), "s");
    return Error(absl::StatusCode::kInvalidArgument, reason::kTtlTooLong,
                 absl::StrCat("ttl is longer than the ring's max_token_ttl of ", max), {{"max_token_ttl", max}});
  }
  if (*ttl % absl::Seconds(1) != absl::ZeroDuration()) return InvalidField("ttl", "is not in whole seconds");
  if (command.profile != nullptr) SIGNET_RETURN_IF_ERROR(CheckProfileTtl(*command.profile, *ttl));
  return *ttl;
}

}  // namespace

Tokens::Tokens(KeyDirectory& directory, SigningLedger& ledger, const Clock& clock, Random& random,
               const CredentialDirectory* credentials)
    : directory_(directory), ledger_(ledger), clock_(clock), random_(random), credentials_(credentials) {}

template <typename ExpiryAt>
absl::StatusOr<Tokens::Admission> Tokens::Admit(const RingName& ring_name, ExpiryAt expiry_at) const {
  for (int attempt = 1;; ++attempt) {
    SIGNET_ASSIGN_OR_RETURN(auto tenant, GetTenant(directory_, ring_name.tenant));
    SIGNET_ASSIGN_OR_RETURN(const TenantSnapshot::Ring* ring, GetRing(*tenant, ring_name));
    SIGNET_RETURN_IF_ERROR(CheckFresh(directory_, ring->policy.signing_grace));
    const absl::Time now = clock_.Now();
    SIGNET_ASSIGN_OR_RETURN(const absl::Time expiry, expiry_at(now, *ring));
    const PublishedKey* key = ring->current.get();
    const absl::Status admitted = ledger_.Admit(key->meter, expiry);
    if (admitted.ok()) return Admission{std::move(tenant), key, now, expiry};
    // The key was superseded since the snapshot was made: the one that signs now is the one to use.
    if (!absl::IsAborted(admitted) || attempt == kAdmissionAttempts) return admitted;
    SIGNET_RETURN_IF_ERROR(directory_.Refresh());
  }
}

absl::StatusOr<std::string> Tokens::SignAndCount(const Admission& admission, absl::string_view digest, hsm::Signer& signer) const {
  SIGNET_ASSIGN_OR_RETURN(std::string signature, SignWith(*admission.key, digest, signer));
  ledger_.Count(admission.key->meter, admission.now, admission.expiry);
  return signature;
}

absl::StatusOr<Signature> Tokens::Sign(const SignCommand& command, hsm::Signer& signer) const {
  SIGNET_RETURN_IF_ERROR(CheckRing(command.ring, command.profile));
  if (command.profile != nullptr) SIGNET_RETURN_IF_ERROR(CheckProfileDigest(*command.profile));
  SIGNET_RETURN_IF_ERROR(CheckInput(command));
  std::string digest;
  SIGNET_ASSIGN_OR_RETURN(const Admission admission,
                          Admit(command.ring, [&](absl::Time now, const TenantSnapshot::Ring& ring) -> absl::StatusOr<absl::Time> {
                            SIGNET_ASSIGN_OR_RETURN(digest, ToDigest(command, hsm::GetAlgorithmInfo(ring.current->spec.algorithm)));
                            return now + ring.policy.max_token_ttl;
                          }));
  SIGNET_ASSIGN_OR_RETURN(std::string signature, SignAndCount(admission, digest, signer));
  const hsm::AlgorithmInfo& algorithm = hsm::GetAlgorithmInfo(admission.key->spec.algorithm);
  if (command.format == SignatureFormat::kDer && algorithm.key_type == hsm::KeyType::kEc) {
    SIGNET_ASSIGN_OR_RETURN(signature, hsm::RawToDerSignature(algorithm.algorithm, signature));
  }
  return Signature{admission.key->name, algorithm.algorithm, std::move(signature)};
}

template <typename TtlAt>
absl::StatusOr<SignedToken> Tokens::SignJwt(const Content& content, TtlAt ttl_at, hsm::Signer& signer) const {
  ServerClaims claims;
  SIGNET_ASSIGN_OR_RETURN(const Admission admission,
                          Admit(content.ring, [&](absl::Time now, const TenantSnapshot::Ring& ring) -> absl::StatusOr<absl::Time> {
                            SIGNET_ASSIGN_OR_RETURN(const absl::Duration ttl, ttl_at(ring.policy.max_token_ttl));
                            claims.issue_time = absl::FromUnixSeconds(absl::ToUnixSeconds(now));
                            claims.expire_time = claims.issue_time + ttl;
                            return claims.expire_time;
                          }));
  const PublishedKey& key = *admission.key;
  claims.issuer = admission.tenant->issuer;
  claims.token_id = NewUuid(random_);
  SIGNET_ASSIGN_OR_RETURN(const std::string payload, BuildPayload(content.claims_json, claims, content.profile));

  std::string token = absl::StrCat(key.*content.header, ".", Base64UrlEncode(payload));
  const hsm::AlgorithmInfo& algorithm = hsm::GetAlgorithmInfo(key.spec.algorithm);
  // Numbers can be longer as the server writes them (1e14). No token may be made that VerifyToken does not read.
  const size_t signature_size = 1 + (algorithm.signature_size * 4 + 2) / 3;
  if (token.size() + signature_size > kMaxTokenSize) {
    return Invalid(reason::kClaimsTooLarge, absl::StrCat("the token would be larger than ", kMaxTokenSize, " bytes"));
  }
  const std::string digest = algorithm.hash == hsm::Hash::kNone ? token : hsm::ComputeDigest(algorithm.hash, token);
  SIGNET_ASSIGN_OR_RETURN(const std::string signature, SignAndCount(admission, digest, signer));
  absl::StrAppend(&token, ".", Base64UrlEncode(signature));
  return SignedToken{std::move(token), key.name, std::move(claims.token_id), claims.issue_time, claims.expire_time};
}

absl::StatusOr<SignedToken> Tokens::SignToken(const SignTokenCommand& command, hsm::Signer& signer) const {
  SIGNET_RETURN_IF_ERROR(CheckRing(command.ring, command.profile));
  return SignJwt(
      {command.ring, &PublishedKey::encoded_header, command.claims_json, command.profile},
      [&](absl::Duration max_token_ttl) { return ResolveTtl(command, max_token_ttl); }, signer);
}

absl::StatusOr<SignedToken> Tokens::SignAccessToken(const AccessTokenCommand& command, hsm::Signer& signer) const {
  if (command.ttl < absl::Seconds(1)) return InvalidField("ttl", "is shorter than 1 second");
  return SignJwt(
      {command.ring, &PublishedKey::encoded_access_token_header, command.claims_json, nullptr},
      [&](absl::Duration max_token_ttl) -> absl::StatusOr<absl::Duration> {
        return absl::Trunc(std::min(command.ttl, max_token_ttl), absl::Seconds(1));
      },
      signer);
}

absl::StatusOr<VerifiedToken> Tokens::VerifyToken(const VerifyTokenCommand& command) const {
  if (command.token.empty())
    return Error(absl::StatusCode::kInvalidArgument, reason::kMissingField, "token is required", {{"field", "token"}});
  if (command.token.size() > kMaxTokenSize) {
    return Invalid(reason::kTokenMalformed, absl::StrCat("the token is larger than ", kMaxTokenSize, " bytes"));
  }
  SIGNET_ASSIGN_OR_RETURN(const auto tenant, GetTenant(directory_, command.tenant));
  SIGNET_ASSIGN_OR_RETURN(CheckedJws jws, CheckJws(*tenant, command.token));
  const ClaimRules rules = {
      .issuer = tenant->issuer, .now = clock_.Now(), .audience = command.audience, .credentials = credentials_};
  SIGNET_ASSIGN_OR_RETURN(const absl::Time expire_time, CheckClaims(jws.payload, rules));
  return VerifiedToken{jws.key->name, std::move(jws.header_json), std::move(jws.payload), expire_time};
}

}  // namespace signet::core
