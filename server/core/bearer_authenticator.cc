#include "server/core/bearer_authenticator.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "base/sha256.h"
#include "server/core/bearer_token.h"
#include "server/core/claims.h"
#include "server/core/json_object.h"
#include "server/core/live_credential.h"
#include "server/core/names.h"
#include "server/core/peer_certificate.h"

namespace signet::core {
namespace {

absl::Status Invalid(absl::string_view reason, absl::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, reason, message);
}

}  // namespace

BearerAuthenticator::BearerAuthenticator(Options options, const KeyDirectory& directory, const CredentialDirectory& credentials,
                                         const Clock& clock)
    : options_(std::move(options)), directory_(directory), credentials_(credentials), clock_(clock), known_(options_.cache_size) {}

absl::StatusOr<std::shared_ptr<const Principal>> BearerAuthenticator::Authenticate(absl::string_view token,
                                                                                   absl::string_view peer_chain_pem) {
  const absl::Time now = clock_.Now();
  SIGNET_ASSIGN_OR_RETURN(const std::shared_ptr<const Known> known, Look(token, now));
  const std::string& bound_to = known->claims.certificate_thumbprint;
  if (!bound_to.empty() && PeerThumbprint(peer_chain_pem) != bound_to) {
    return Refuse(Invalid("CERTIFICATE_BINDING", "the token is bound to a certificate that the caller did not present"),
                  known->claims.client_id);
  }
  return known->principal;
}

absl::StatusOr<std::shared_ptr<const BearerAuthenticator::Known>> BearerAuthenticator::Look(absl::string_view token,
                                                                                            absl::Time now) {
  // Before it is hashed: nobody has long texts hashed.
  if (token.size() > kMaxAccessTokenSize) return Refuse(Invalid(reason::kTokenMalformed, "the token is too large"), "");
  const std::string digest = Sha256(token);
  // Read before what it counts: a change that comes between makes the next call look again.
  const uint64_t generation = credentials_.generation();
  const auto issuer = directory_.FindTenant(keystore::TenantId(std::string(kSystemTenant)));
  const std::shared_ptr<const Known> former = known_.Find(digest);
  const bool same_keys = former != nullptr && former->issuer == issuer;
  if (same_keys && former->generation == generation && now < former->end) return former;

  auto known = std::make_shared<Known>();
  if (same_keys) {
    known->claims = former->claims;
  } else {
    absl::StatusOr<AccessTokenClaims> claims = Read(issuer.get(), token, now);
    if (!claims.ok()) return Refuse(claims.status(), "");
    known->claims = *std::move(claims);
  }
  known->issuer = issuer;
  known->generation = generation;
  if (const absl::Status status = Resolve(*known, now); !status.ok()) return Refuse(status, known->claims.client_id);
  known_.Insert(digest, known);
  return known;
}

absl::StatusOr<AccessTokenClaims> BearerAuthenticator::Read(const TenantSnapshot* issuer, absl::string_view token,
                                                            absl::Time now) const {
  if (issuer == nullptr) return Invalid(reason::kTokenKeyUnknown, "nothing issues tokens for this api yet");
  SIGNET_ASSIGN_OR_RETURN(AccessTokenClaims claims, ReadAccessToken(*issuer, token, now));
  const nlohmann::ordered_json* aud = FindMember(claims.members, "aud");
  const auto is_for_us = [&](const std::string& audience) { return HoldsAudience(aud, audience); };
  if (!std::any_of(options_.audiences.begin(), options_.audiences.end(), is_for_us)) {
    return Invalid(reason::kTokenAudience, "the token is for another audience");
  }
  return claims;
}

absl::Status BearerAuthenticator::Resolve(Known& known, absl::Time now) const {
  const AccessTokenClaims& claims = known.claims;
  if (claims.expire_time <= now) return Invalid(reason::kTokenExpired, "the token has expired");
  if (credentials_.IsRevoked(claims.client_id, claims.token_id)) return Invalid(reason::kTokenRevoked, "the token was revoked");
  const std::shared_ptr<const keystore::CredentialRecord> credential = credentials_.FindByClientId(claims.client_id);
  if (credential == nullptr || !IsLive(*credential, now)) {
    return Invalid(reason::kCredentialNotFound, "the token's credential has expired or was deleted");
  }
  // Those of certificates are always bound: one that is not was not made by this server.
  if (credential->kind == keystore::CredentialKind::kCertificate && claims.certificate_thumbprint.empty()) {
    return Invalid(reason::kTokenMalformed, "the token is not bound to its client's certificate");
  }
  known.principal = std::make_shared<const Principal>(Principal{.name = FormatCredentialName({credential->tenant, credential->id}),
                                                                .tenant = credential->tenant,
                                                                .scopes = KnownScopes(claims.scope) & ScopesOf(*credential),
                                                                .signing_profile = credential->signing_profile});
  known.end = std::min(claims.expire_time, credential->expire_time.value_or(absl::InfiniteFuture()));
  return absl::OkStatus();
}

absl::Status BearerAuthenticator::Refuse(const absl::Status& why, const std::string& client) const {
  if (options_.observer != nullptr) {
    const auto credential = client.empty() ? nullptr : credentials_.FindByClientId(client);
    options_.observer->OnFailure(
        {.reason = GetReason(why), .client = client, .tenant = credential == nullptr ? keystore::TenantId() : credential->tenant});
  }
  return Error(absl::StatusCode::kUnauthenticated, reason::kBearerTokenInvalid,
               absl::StrCat("the bearer token does not count: ", why.message()));
}

}  // namespace signet::core
