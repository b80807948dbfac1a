#include "server/core/tokens.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/base64url.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/algorithm.h"
#include "hsm/digest.h"
#include "keystore/policy.h"
#include "server/core/checked_jws.h"
#include "server/core/claims.h"
#include "server/core/signing_profile.h"

namespace signet::core {

namespace {

absl::Status Invalid(absl::string_view reason, absl::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, reason, message);
}

// Returns how long the token lives, in whole seconds.
absl::StatusOr<absl::Duration> ResolveTtl(const SignTokenCommand& command, const keystore::ResolvedPolicy& policy) {
  const std::optional<absl::Duration>& ttl = command.ttl;
  if (!ttl) {
    const bool limited = command.profile != nullptr && command.profile->max_ttl;
    const absl::Duration life = limited ? std::min(policy.default_token_ttl, *command.profile->max_ttl) : policy.default_token_ttl;
    return absl::Trunc(life, absl::Seconds(1));
  }
  if (*ttl < absl::Seconds(1)) return InvalidField("ttl", "is shorter than 1 second");
  if (*ttl > policy.max_token_ttl) {
    const std::string max = absl::StrCat(absl::ToInt64Seconds(policy.max_token_ttl), "s");
    return Error(absl::StatusCode::kInvalidArgument, reason::kTtlTooLong,
                 absl::StrCat("ttl is longer than the ring's max_token_ttl of ", max), {{"max_token_ttl", max}});
  }
  if (*ttl % absl::Seconds(1) != absl::ZeroDuration()) return InvalidField("ttl", "is not in whole seconds");
  if (command.profile != nullptr) SIGNET_RETURN_IF_ERROR(CheckProfileTtl(*command.profile, *ttl));
  return *ttl;
}

}  // namespace

Tokens::Tokens(KeyDirectory& directory, SigningLedger& ledger, const Clock& clock, Random& random,
               const CredentialDirectory* credentials, const VerifiedSigning::Options& verification)
    : directory_(directory),
      ledger_(ledger),
      clock_(clock),
      random_(random),
      credentials_(credentials),
      admission_(directory, ledger, clock),
      signing_(verification) {}

DigestSigning Tokens::SigningWith(RingName ring, const keystore::SigningProfile* profile) const {
  return DigestSigning({admission_, ledger_, signing_, clock_}, std::move(ring), profile);
}

template <typename TtlAt>
absl::StatusOr<SignedToken> Tokens::SignJwt(const Content& content, TtlAt ttl_at, hsm::Signer& signer) const {
  ServerClaims claims;
  SIGNET_ASSIGN_OR_RETURN(
      const Admission admission,
      admission_.Admit(content.ring, [&](absl::Time now, const TenantSnapshot::Ring& ring) -> absl::StatusOr<absl::Time> {
        SIGNET_ASSIGN_OR_RETURN(const absl::Duration ttl, ttl_at(ring.policy));
        claims.issue_time = absl::FromUnixSeconds(absl::ToUnixSeconds(now));
        claims.expire_time = claims.issue_time + ttl;
        return claims.expire_time;
      }));
  const PublishedKey& key = *admission.key;
  claims.issuer = admission.tenant->issuer;
  claims.token_id = NewUuid(random_);
  SIGNET_ASSIGN_OR_RETURN(const std::string payload, BuildPayload(content.claims_json, claims, content.profile));

  std::string token = absl::StrCat(key.signing_form().*content.header, ".", Base64UrlEncode(payload));
  const hsm::AlgorithmInfo& algorithm = hsm::GetAlgorithmInfo(key.algorithm());
  // Numbers can be longer as the server writes them (1e14). No token may be made that VerifyToken does not read.
  const size_t signature_size = 1 + (algorithm.signature_size * 4 + 2) / 3;
  if (token.size() + signature_size > kMaxTokenSize) {
    return Invalid(reason::kClaimsTooLarge, absl::StrCat("the token would be larger than ", kMaxTokenSize, " bytes"));
  }
  const std::string digest = algorithm.hash == hsm::Hash::kNone ? token : hsm::ComputeDigest(algorithm.hash, token);
  const absl::StatusOr<std::string> signature = signing_.Sign(key, digest, signer);
  if (!signature.ok()) {
    return admission_.IsSuperseded(content.ring, key) ? SignJwt(content, ttl_at, signer) : signature.status();
  }
  ledger_.Count(key.meter, admission.now, admission.expiry);
  absl::StrAppend(&token, ".", Base64UrlEncode(*signature));
  return SignedToken{std::move(token), key.name, std::move(claims.token_id), claims.issue_time, claims.expire_time};
}

absl::StatusOr<SignedToken> Tokens::SignToken(const SignTokenCommand& command, hsm::Signer& signer) const {
  SIGNET_RETURN_IF_ERROR(CheckMayUseRing(command.profile, command.ring));
  return SignJwt(
      {command.ring, &SigningForm::encoded_header, command.claims_json, command.profile},
      [&](const keystore::ResolvedPolicy& policy) { return ResolveTtl(command, policy); }, signer);
}

absl::StatusOr<SignedToken> Tokens::SignAccessToken(const AccessTokenCommand& command, hsm::Signer& signer) const {
  if (std::min(command.ttl.value_or(command.max_ttl), command.max_ttl) < absl::Seconds(1)) {
    return InvalidField("ttl", "is shorter than 1 second");
  }
  return SignJwt(
      {command.ring, &SigningForm::encoded_access_token_header, command.claims_json, nullptr},
      [&](const keystore::ResolvedPolicy& policy) -> absl::StatusOr<absl::Duration> {
        const absl::Duration life = command.ttl.value_or(policy.default_token_ttl);
        return absl::Trunc(std::min({life, command.max_ttl, policy.max_token_ttl}), absl::Seconds(1));
      },
      signer);
}

absl::StatusOr<SignedPayload> Tokens::SignPayload(const PayloadCommand& command, hsm::Signer& signer) const {
  SIGNET_RETURN_IF_ERROR(CheckMayUseRing(nullptr, command.ring));
  SIGNET_ASSIGN_OR_RETURN(const Admission admission, admission_.Admit(command.ring, command.expiry_at));
  const PublishedKey& key = *admission.key;
  const std::string input = absl::StrCat(key.signing_form().encoded_header, ".", command.payload);
  const hsm::AlgorithmInfo& algorithm = hsm::GetAlgorithmInfo(key.algorithm());
  const std::string digest = algorithm.hash == hsm::Hash::kNone ? input : hsm::ComputeDigest(algorithm.hash, input);
  absl::StatusOr<std::string> signature = signing_.Sign(key, digest, signer);
  if (!signature.ok()) {
    return admission_.IsSuperseded(command.ring, key) ? SignPayload(command, signer) : signature.status();
  }
  ledger_.Count(key.meter, admission.now, admission.expiry);
  return SignedPayload{key.signing_form().encoded_header, *std::move(signature)};
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
