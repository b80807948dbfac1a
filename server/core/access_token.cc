#include "server/core/access_token.h"

#include <cstddef>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/base64url.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "server/core/bearer_token.h"
#include "server/core/checked_jws.h"
#include "server/core/claims.h"
#include "server/core/json_object.h"
#include "server/core/jws.h"
#include "server/core/names.h"

namespace signet::core {
namespace {

using nlohmann::ordered_json;

constexpr char kConfirmation[] = "cnf";
constexpr char kThumbprint[] = "x5t#S256";
constexpr size_t kThumbprintSize = 32;

absl::Status Malformed(absl::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, reason::kTokenMalformed, message);
}

absl::StatusOr<std::string> GetString(const ordered_json& claims, absl::string_view name) {
  const ordered_json* value = FindMember(claims, name);
  if (value == nullptr || !value->is_string() || value->get_ref<const std::string&>().empty()) {
    return Malformed(absl::StrCat("the token has no ", name));
  }
  return value->get<std::string>();
}

// Who cannot check a confirmation must not take the token for a bearer's (RFC 7800 section 3.1 leaves unknown ones to the reader).
absl::StatusOr<std::string> ReadThumbprint(const ordered_json& claims) {
  const ordered_json* confirmation = FindMember(claims, kConfirmation);
  if (confirmation == nullptr) return std::string();
  const ordered_json* value = confirmation->is_object() ? FindMember(*confirmation, kThumbprint) : nullptr;
  if (value == nullptr || !value->is_string() || confirmation->size() != 1) {
    return Malformed("the token is bound to something else than a certificate");
  }
  std::string thumbprint = value->get<std::string>();
  const std::optional<std::string> bytes = Base64UrlDecode(thumbprint);
  if (!bytes || bytes->size() != kThumbprintSize) return Malformed("the token's x5t#S256 is not a SHA-256");
  return thumbprint;
}

absl::StatusOr<std::string> ReadScope(const ordered_json& claims) {
  return FindMember(claims, "scope") == nullptr ? std::string() : GetString(claims, "scope");
}

}  // namespace

absl::StatusOr<AccessTokenClaims> ReadAccessToken(const TenantSnapshot& issuer, absl::string_view token, absl::Time now) {
  if (token.size() > kMaxAccessTokenSize) {
    return Malformed(absl::StrCat("the token is larger than ", kMaxAccessTokenSize, " bytes"));
  }
  SIGNET_ASSIGN_OR_RETURN(const CheckedJws jws, CheckJws(issuer, token));
  if (!IsType(jws.header.typ, kAccessTokenType)) return Malformed("the token's typ is not that of access tokens");
  // The system tenant's other rings seal the audit trail and sign certificates.
  if (jws.key->name.ring.ring.value() != kAccessTokenRing) {
    return Error(absl::StatusCode::kInvalidArgument, reason::kTokenKeyUnknown, "the token's key is not one of access tokens");
  }
  AccessTokenClaims result;
  SIGNET_ASSIGN_OR_RETURN(result.members, ParseClaims(jws.payload));
  SIGNET_ASSIGN_OR_RETURN(result.expire_time, CheckParsedClaims(result.members, {.issuer = issuer.issuer, .now = now}));
  for (const char* name : {"iat", "aud"}) {
    if (FindMember(result.members, name) == nullptr) return Malformed(absl::StrCat("the token has no ", name));
  }
  SIGNET_ASSIGN_OR_RETURN(result.token_id, GetString(result.members, "jti"));
  SIGNET_ASSIGN_OR_RETURN(result.client_id, GetString(result.members, "client_id"));
  SIGNET_ASSIGN_OR_RETURN(const std::string subject, GetString(result.members, "sub"));
  if (subject != result.client_id) return Malformed("the token's sub is not its client_id");
  SIGNET_ASSIGN_OR_RETURN(result.scope, ReadScope(result.members));
  SIGNET_ASSIGN_OR_RETURN(result.certificate_thumbprint, ReadThumbprint(result.members));
  return result;
}

std::string AccessTokenClaimsJson(const AccessTokenContent& content) {
  ordered_json claims;
  claims["sub"] = content.client_id;
  claims["client_id"] = content.client_id;
  claims["aud"] = content.audience;
  if (!content.scope.empty()) claims["scope"] = content.scope;
  if (!content.certificate_thumbprint.empty()) claims[kConfirmation][kThumbprint] = content.certificate_thumbprint;
  return claims.dump();
}

}  // namespace signet::core
