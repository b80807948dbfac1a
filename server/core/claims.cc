#include "server/core/claims.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "keystore/lifecycle.h"
#include "server/core/json_members.h"
#include "server/core/json_object.h"
#include "server/core/signing_profile.h"

namespace signet::core {

namespace {

using nlohmann::ordered_json;

constexpr absl::string_view kReserved[] = {"iss", "iat", "exp", "jti"};

// What the names of the server's claims and its two times take, and some more.
constexpr size_t kServerClaimsSize = 80;

// The last second that a google.protobuf.Timestamp can show, the end of the year 9999.
constexpr double kMaxExpiry = 253402300799;

absl::Status Invalid(absl::string_view reason, absl::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, reason, message);
}

JsonKind KindOf(const ordered_json& value) {
  if (value.is_string()) return JsonKind::kString;
  if (value.is_number()) return JsonKind::kNumber;
  const bool strings =
      value.is_array() && std::all_of(value.begin(), value.end(), [](const ordered_json& item) { return item.is_string(); });
  return strings ? JsonKind::kStrings : JsonKind::kOther;
}

// Returns an error with `reason` if a claim that RFC 7519 section 4.1 registers has another type than it says.
absl::Status CheckType(absl::string_view name, JsonKind kind, absl::string_view reason) {
  if (name == "sub" && kind != JsonKind::kString) return Invalid(reason, "the claim sub is not a string");
  if (name == "aud" && kind != JsonKind::kString && kind != JsonKind::kStrings) {
    return Invalid(reason, "the claim aud is not a string or an array of strings");
  }
  if ((name == "nbf" || name == "iat" || name == "exp") && kind != JsonKind::kNumber) {
    return Invalid(reason, absl::StrCat("the claim ", name, " is not a number"));
  }
  return absl::OkStatus();
}

absl::Status CheckCallersClaim(absl::string_view name, JsonKind kind) {
  if (std::find(std::begin(kReserved), std::end(kReserved), name) != std::end(kReserved)) {
    return Error(absl::StatusCode::kInvalidArgument, reason::kClaimReserved,
                 absl::StrCat("the claim ", name, " is set by the server: leave it out"), {{"claim", std::string(name)}});
  }
  return CheckType(name, kind, reason::kClaimsInvalid);
}

// Appends the caller's claims, which are a JSON object.
absl::Status AppendCallersClaims(absl::string_view claims_json, std::string& payload) {
  const absl::Status status = AppendMembers(claims_json, CheckCallersClaim, payload);
  // Without a reason it is about the JSON.
  if (status.ok() || !GetReason(status).empty()) return status;
  return Invalid(reason::kClaimsInvalid, absl::StrCat("claims_json: ", status.message()));
}

// A NumericDate (RFC 7519 section 2) may have a fraction. What no time can hold becomes the infinite past or future.
absl::Time ToTime(const ordered_json& number) { return absl::UnixEpoch() + absl::Seconds(number.get<double>()); }

bool IsRevoked(const ordered_json& claims, const CredentialDirectory* credentials) {
  if (credentials == nullptr) return false;
  // Only those of clients can be revoked.
  const ordered_json* client_id = FindMember(claims, "client_id");
  const ordered_json* jti = FindMember(claims, "jti");
  return client_id != nullptr && client_id->is_string() && jti != nullptr && jti->is_string() &&
         credentials->IsRevoked(client_id->get_ref<const std::string&>(), jti->get_ref<const std::string&>());
}

}  // namespace

absl::StatusOr<std::string> BuildPayload(absl::string_view claims_json, const ServerClaims& server_claims,
                                         const keystore::SigningProfile* profile) {
  if (claims_json.size() > kMaxClaimsSize) {
    return Invalid(reason::kClaimsTooLarge, absl::StrCat("claims_json is larger than ", kMaxClaimsSize, " bytes"));
  }
  if (claims_json.empty()) claims_json = "{}";
  std::string payload;
  payload.reserve(claims_json.size() + server_claims.issuer.size() + server_claims.token_id.size() + kServerClaimsSize);
  payload += "{\"iss\":";
  AppendJsonString(server_claims.issuer, payload);
  absl::StrAppend(&payload, ",\"iat\":", absl::ToUnixSeconds(server_claims.issue_time),
                  ",\"exp\":", absl::ToUnixSeconds(server_claims.expire_time), ",\"jti\":");
  AppendJsonString(server_claims.token_id, payload);
  const size_t servers_part = payload.size();
  SIGNET_RETURN_IF_ERROR(AppendCallersClaims(claims_json, payload));
  if (profile != nullptr && LimitsClaims(*profile)) {
    SIGNET_ASSIGN_OR_RETURN(ordered_json claims, ParseJsonObject(claims_json));
    SIGNET_RETURN_IF_ERROR(ApplyProfile(*profile, claims));
    payload.resize(servers_part);
    SIGNET_RETURN_IF_ERROR(AppendCallersClaims(claims.dump(), payload));
  }
  payload += '}';
  return payload;
}

absl::StatusOr<ordered_json> ParseClaims(absl::string_view payload) {
  absl::StatusOr<ordered_json> claims = ParseJsonObject(payload);
  if (!claims.ok()) return Invalid(reason::kTokenMalformed, absl::StrCat("the token's claims: ", claims.status().message()));
  for (const auto& [name, value] : claims->get_ref<const ordered_json::object_t&>()) {
    SIGNET_RETURN_IF_ERROR(CheckType(name, KindOf(value), reason::kTokenMalformed));
  }
  return claims;
}

absl::StatusOr<absl::Time> CheckClaims(absl::string_view payload, const ClaimRules& rules) {
  SIGNET_ASSIGN_OR_RETURN(const ordered_json claims, ParseClaims(payload));
  return CheckParsedClaims(claims, rules);
}

absl::StatusOr<absl::Time> CheckParsedClaims(const ordered_json& claims, const ClaimRules& rules) {
  const ordered_json* iss = FindMember(claims, "iss");
  if (iss == nullptr || *iss != rules.issuer) return Invalid(reason::kTokenIssuer, "the token's iss is not the tenant's issuer");

  const ordered_json* exp = FindMember(claims, "exp");
  if (exp == nullptr || exp->get<double>() > kMaxExpiry) {
    return Invalid(reason::kTokenMalformed, "the token's claims have no exp up to the year 9999");
  }
  if (ToTime(*exp) + rules.expiry_skew <= rules.now) return Invalid(reason::kTokenExpired, "the token has expired");

  for (const char* name : {"nbf", "iat"}) {
    const ordered_json* from = FindMember(claims, name);
    if (from != nullptr && ToTime(*from) > rules.now + keystore::kClockSkew) {
      return Invalid(reason::kTokenNotYetValid, absl::StrCat("the token's ", name, " is in the future"));
    }
  }

  if (!rules.audience.empty() && !HoldsAudience(FindMember(claims, "aud"), rules.audience)) {
    return Invalid(reason::kTokenAudience, "the token's aud does not hold the audience");
  }
  if (IsRevoked(claims, rules.credentials)) return Invalid(reason::kTokenRevoked, "the token was revoked");
  return ToTime(*exp);
}

bool HoldsAudience(const ordered_json* aud, absl::string_view audience) {
  if (aud == nullptr) return false;
  const auto is_it = [&](const ordered_json& item) { return item.is_string() && item.get_ref<const std::string&>() == audience; };
  return aud->is_array() ? std::any_of(aud->begin(), aud->end(), is_it) : is_it(*aud);
}

}  // namespace signet::core
