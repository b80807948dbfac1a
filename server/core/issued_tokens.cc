#include "server/core/issued_tokens.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "keystore/key_store.h"
#include "keystore/record_json.h"
#include "server/core/commit.h"
#include "server/core/live_credential.h"
#include "server/core/names.h"

namespace signet::core {
namespace {

// What the token endpoint issues: its `jti` is a UUID.
constexpr size_t kMaxTokenIdSize = 64;

}  // namespace

std::optional<AccessTokenClaims> FindIssuedToken(const KeyDirectory& directory, const CredentialDirectory& credentials,
                                                 const keystore::TenantId& tenant, absl::string_view token, absl::Time now) {
  for (const keystore::TenantId& issuer : {tenant, keystore::TenantId(std::string(kSystemTenant))}) {
    const std::shared_ptr<const TenantSnapshot> snapshot = directory.FindTenant(issuer);
    if (snapshot == nullptr) continue;
    absl::StatusOr<AccessTokenClaims> claims = ReadAccessToken(*snapshot, token, now);
    if (!claims.ok()) continue;
    // Whoever may sign digests can make what looks like one of ours; nothing is remembered for longer than ours live.
    if (claims->token_id.size() > kMaxTokenIdSize || claims->expire_time > now + kLongestTokenLife + keystore::kClockSkew)
      return std::nullopt;
    const auto credential = credentials.FindByClientId(claims->client_id);
    const bool counts = credential != nullptr && credential->tenant == tenant && IsLive(*credential, now) &&
                        !credentials.IsRevoked(claims->client_id, claims->token_id);
    return counts ? std::optional<AccessTokenClaims>(*std::move(claims)) : std::nullopt;
  }
  return std::nullopt;
}

absl::Status RevokeIssuedToken(const Services& services, const keystore::CredentialRecord& client, const AccessTokenClaims& token) {
  const std::string name = FormatCredentialName({client.tenant, client.id});
  const keystore::RevokedToken record = {
      .token_id = RevocationId(client.client_id, token.token_id), .tenant = client.tenant, .expire_time = token.expire_time};
  keystore::Event event;
  event.time = services.Now();
  event.actor = name;
  event.action = "RevokeToken";
  event.resource = name;
  event.tenant = client.tenant;
  event.after = keystore::ToJson(record);
  const absl::Status status = CommitAndPublish(services, {.puts = {record}, .expectations = {}, .events = {std::move(event)}});
  // It is written once: somebody else has done it, and this process need only learn of it.
  return GetReason(status) == reason::kConcurrentChange ? Publish(services) : status;
}

}  // namespace signet::core
