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
#include "hsm/public_key.h"
#include "server/core/claims.h"
#include "server/core/jws.h"

namespace signet::core {

namespace {

// RFC 9864 gave Ed25519 its own name; RFC 8037's name covers Ed448 too, and older issuers and libraries know only that.
constexpr absl::string_view kEdDsaAlias = "EdDSA";
constexpr absl::string_view kEd25519 = "Ed25519";

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
absl::StatusOr<absl::Duration> ResolveTtl(std::optional<absl::Duration> ttl, absl::Duration max_token_ttl) {
  if (!ttl) return absl::Trunc(std::min(kDefaultTokenTtl, max_token_ttl), absl::Seconds(1));
  if (*ttl < absl::Seconds(1)) return InvalidField("ttl", "is shorter than 1 second");
  if (*ttl > max_token_ttl) {
    const std::string max = absl::StrCat(absl::ToInt64Seconds(max_token_ttl), "s");
    return Error(absl::StatusCode::kInvalidArgument, reason::kTtlTooLong,
                 absl::StrCat("ttl is longer than the ring's max_token_ttl of ", max), {{"max_token_ttl", max}});
  }
  if (*ttl % absl::Seconds(1) != absl::ZeroDuration()) return InvalidField("ttl", "is not in whole seconds");
  return *ttl;
}

bool IsKnownAlgorithm(absl::string_view jose_name) {
  const auto table = hsm::AllAlgorithms();
  return jose_name == kEdDsaAlias ||
         std::any_of(table.begin(), table.end(), [&](const hsm::AlgorithmInfo& info) { return info.jose_name == jose_name; });
}

// Finds the key that the header names. The algorithm is the key's own, never the token's choice (RFC 8725 section 3.1): the header
// only has to agree.
absl::StatusOr<std::shared_ptr<const PublishedKey>> FindVerificationKey(const TenantSnapshot& tenant, const JwsHeader& header) {
  if (!IsKnownAlgorithm(header.alg)) return Invalid(reason::kTokenAlgorithm, "the token's alg is none or unknown");
  const auto found = tenant.published.find(keystore::Kid(header.kid));
  if (found == tenant.published.end()) {
    return Invalid(reason::kTokenKeyUnknown, "the token's kid is no published key of the tenant");
  }
  const absl::string_view expected = hsm::GetAlgorithmInfo(found->second->spec.algorithm).jose_name;
  if (header.alg != expected && !(expected == kEd25519 && header.alg == kEdDsaAlias)) {
    return Invalid(reason::kTokenAlgorithm, "the token's alg is not that of its key");
  }
  return found->second;
}

}  // namespace

Tokens::Tokens(KeyDirectory& directory, SigningLedger& ledger, const Clock& clock, Random& random)
    : directory_(directory), ledger_(ledger), clock_(clock), random_(random) {}

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

absl::StatusOr<SignedToken> Tokens::SignToken(const SignTokenCommand& command, hsm::Signer& signer) const {
  ServerClaims claims;
  SIGNET_ASSIGN_OR_RETURN(const Admission admission,
                          Admit(command.ring, [&](absl::Time now, const TenantSnapshot::Ring& ring) -> absl::StatusOr<absl::Time> {
                            SIGNET_ASSIGN_OR_RETURN(const absl::Duration ttl, ResolveTtl(command.ttl, ring.policy.max_token_ttl));
                            claims.issue_time = absl::FromUnixSeconds(absl::ToUnixSeconds(now));
                            claims.expire_time = claims.issue_time + ttl;
                            return claims.expire_time;
                          }));
  const PublishedKey& key = *admission.key;
  claims.issuer = admission.tenant->issuer;
  claims.token_id = NewUuid(random_);
  SIGNET_ASSIGN_OR_RETURN(const std::string payload, BuildPayload(command.claims_json, claims));

  std::string token = absl::StrCat(key.encoded_header, ".", Base64UrlEncode(payload));
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

absl::StatusOr<VerifiedToken> Tokens::VerifyToken(const VerifyTokenCommand& command) const {
  if (command.token.empty())
    return Error(absl::StatusCode::kInvalidArgument, reason::kMissingField, "token is required", {{"field", "token"}});
  if (command.token.size() > kMaxTokenSize) {
    return Invalid(reason::kTokenMalformed, absl::StrCat("the token is larger than ", kMaxTokenSize, " bytes"));
  }
  SIGNET_ASSIGN_OR_RETURN(const auto tenant, GetTenant(directory_, command.tenant));
  SIGNET_ASSIGN_OR_RETURN(CompactJws jws, SplitCompactJws(command.token));
  SIGNET_ASSIGN_OR_RETURN(const JwsHeader header, ParseJwsHeader(jws.header_json));
  SIGNET_ASSIGN_OR_RETURN(const auto key, FindVerificationKey(*tenant, header));
  if (!key->public_key.VerifyMessage(jws.signing_input, jws.signature).ok()) {
    return Invalid(reason::kTokenSignature, "the token's signature does not match");
  }
  SIGNET_ASSIGN_OR_RETURN(const absl::Time expire_time, CheckClaims(jws.payload, {tenant->issuer, clock_.Now(), command.audience}));
  return VerifiedToken{key->name, std::move(jws.header_json), std::move(jws.payload), expire_time};
}

}  // namespace signet::core
