#include "server/core/oauth.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"
#include "server/core/access_token.h"
#include "server/core/issued_tokens.h"
#include "server/core/management_audience.h"
#include "server/core/names.h"
#include "server/core/token_grant.h"

namespace signet::core {
namespace {

using keystore::CredentialRecord;

constexpr char kInactive[] = R"({"active":false})";

RingName SigningRing(const keystore::TenantId& tenant, const TokenGrant& grant) {
  const keystore::TenantId issuer = grant.is_own_api ? keystore::TenantId(std::string(kSystemTenant)) : tenant;
  return {issuer, keystore::RingId(std::string(kAccessTokenRing))};
}

// Absent where the ring has the say, which it has not for Signet's own API.
std::optional<absl::Duration> LifeOf(const CredentialRecord& credential, const TokenGrant& grant) {
  if (credential.access_token_ttl || !grant.is_own_api) return credential.access_token_ttl;
  return kDefaultApiTokenTtl;
}

// A credential that is about to end still gets a token of a second.
absl::Duration LongestLifeOf(const CredentialRecord& credential, absl::Time now) {
  if (!credential.expire_time) return absl::InfiniteDuration();
  return std::max(*credential.expire_time - now, absl::Seconds(1));
}

}  // namespace

OAuth::OAuth(Options options, Services services, const CredentialDirectory& credentials, const Tokens& tokens,
             const ClientAuthentication& clients)
    : options_(std::move(options)), services_(std::move(services)), credentials_(credentials), tokens_(tokens), clients_(clients) {}

OAuthResult<AccessToken> OAuth::IssueToken(const keystore::TenantId& tenant, const TokenRequest& request,
                                           hsm::Signer& signer) const {
  const OAuthResult<AuthenticatedClient> client = clients_.Authenticate(tenant, request.client);
  if (const auto* error = std::get_if<OAuthError>(&client)) return *error;
  const auto& [credential, thumbprint] = std::get<AuthenticatedClient>(client);
  if (options_.admit) {
    if (const absl::Status status = options_.admit(*credential); !status.ok()) {
      return OAuthError{"temporarily_unavailable", "the client asks too often; try again later", status};
    }
  }
  TokenRequest asked = {.audience = request.audience, .scope = request.scope};
  const auto snapshot = services_.directory.FindTenant(tenant);
  if (snapshot != nullptr && !options_.audiences.empty() &&
      IsManagementAudience(snapshot->tenant, services_.public_url, request.audience)) {
    asked.audience = options_.audiences.front();
  }
  const OAuthResult<TokenGrant> decided = DecideGrant(*credential, options_.audiences, asked);
  if (const auto* error = std::get_if<OAuthError>(&decided)) return *error;
  const TokenGrant& grant = std::get<TokenGrant>(decided);

  absl::StatusOr<SignedToken> token = tokens_.SignAccessToken(
      {.ring = SigningRing(tenant, grant),
       .claims_json = AccessTokenClaimsJson({credential->client_id, grant.audience, grant.scope, thumbprint}),
       .ttl = LifeOf(*credential, grant),
       .max_ttl = LongestLifeOf(*credential, services_.clock.Now())},
      signer);
  if (!token.ok()) return ToOAuthError(token.status());
  return AccessToken{std::move(token->token), token->expire_time - token->issue_time, grant.scope};
}

OAuthResult<std::string> OAuth::Introspect(const keystore::TenantId& tenant, const ClientEvidence& client,
                                           absl::string_view token) const {
  const OAuthResult<AuthenticatedClient> asker = clients_.Authenticate(tenant, client);
  if (const auto* error = std::get_if<OAuthError>(&asker)) return *error;
  const std::optional<AccessTokenClaims> claims =
      FindIssuedToken(services_.directory, credentials_, tenant, token, services_.clock.Now());
  if (!claims) return std::string(kInactive);
  nlohmann::ordered_json answer = {{"active", true}, {"token_type", "Bearer"}};
  // None of the token's in the place of these.
  for (const auto& [name, value] : claims->members.get_ref<const nlohmann::ordered_json::object_t&>())
    answer.emplace(name, nlohmann::ordered_json(value));
  return answer.dump();
}

OAuthResult<std::monostate> OAuth::Revoke(const keystore::TenantId& tenant, const ClientEvidence& client,
                                          absl::string_view token) const {
  const OAuthResult<AuthenticatedClient> owner = clients_.Authenticate(tenant, client);
  if (const auto* error = std::get_if<OAuthError>(&owner)) return *error;
  const CredentialRecord& credential = *std::get<AuthenticatedClient>(owner).credential;
  const std::optional<AccessTokenClaims> claims =
      FindIssuedToken(services_.directory, credentials_, tenant, token, services_.clock.Now());
  if (!claims) return std::monostate();
  if (claims->client_id != credential.client_id) return OAuthError{"unauthorized_client", "the token was issued to another client"};
  const absl::Status status = RevokeIssuedToken(services_, credential, *claims);
  if (!status.ok()) return ToOAuthError(status);
  return std::monostate();
}

}  // namespace signet::core
