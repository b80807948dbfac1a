#include "server/core/claims.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "keystore/lifecycle.h"
#include "server/core/json_object.h"
#include "server/core/signing_profile.h"

namespace signet::core {

namespace {

using nlohmann::ordered_json;

constexpr const char* kReserved[] = {"iss", "iat", "exp", "jti"};

// The last second that a google.protobuf.Timestamp can show, the end of the year 9999.
constexpr double kMaxExpiry = 253402300799;

absl::Status Invalid(absl::string_view reason, absl::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, reason, message);
}

bool IsStringOrStrings(const ordered_json& value) {
  return value.is_string() ||
         (value.is_array() && std::all_of(value.begin(), value.end(), [](const ordered_json& item) { return item.is_string(); }));
}

// Returns an error with `reason` if a claim that RFC 7519 section 4.1 registers has another type than it says.
absl::Status CheckTypes(const ordered_json& claims, absl::string_view reason) {
  const ordered_json* sub = FindMember(claims, "sub");
  if (sub != nullptr && !sub->is_string()) return Invalid(reason, "the claim sub is not a string");
  const ordered_json* aud = FindMember(claims, "aud");
  if (aud != nullptr && !IsStringOrStrings(*aud)) return Invalid(reason, "the claim aud is not a string or an array of strings");
  for (const char* name : {"nbf", "iat", "exp"}) {
    const ordered_json* time = FindMember(claims, name);
    if (time != nullptr && !time->is_number()) return Invalid(reason, absl::StrCat("the claim ", name, " is not a number"));
  }
  return absl::OkStatus();
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
  absl::StatusOr<ordered_json> claims = ParseJsonObject(claims_json.empty() ? "{}" : claims_json);
  if (!claims.ok()) return Invalid(reason::kClaimsInvalid, absl::StrCat("claims_json: ", claims.status().message()));
  for (const char* name : kReserved) {
    if (FindMember(*claims, name) == nullptr) continue;
    return Error(absl::StatusCode::kInvalidArgument, reason::kClaimReserved,
                 absl::StrCat("the claim ", name, " is set by the server: leave it out"), {{"claim", name}});
  }
  if (profile != nullptr) SIGNET_RETURN_IF_ERROR(ApplyProfile(*profile, *claims));
  SIGNET_RETURN_IF_ERROR(CheckTypes(*claims, reason::kClaimsInvalid));

  ordered_json payload;
  payload["iss"] = server_claims.issuer;
  payload["iat"] = absl::ToUnixSeconds(server_claims.issue_time);
  payload["exp"] = absl::ToUnixSeconds(server_claims.expire_time);
  payload["jti"] = server_claims.token_id;
  // Appended to the vectors underneath, without ordered_map's search for a member of the same name: there is none.
  ordered_json::object_t::Container& to = *payload.get_ptr<ordered_json::object_t*>();
  ordered_json::object_t::Container& from = *claims->get_ptr<ordered_json::object_t*>();
  to.reserve(to.size() + from.size());
  std::move(from.begin(), from.end(), std::back_inserter(to));
  return payload.dump();
}

absl::StatusOr<ordered_json> ParseClaims(absl::string_view payload) {
  absl::StatusOr<ordered_json> claims = ParseJsonObject(payload);
  if (!claims.ok()) return Invalid(reason::kTokenMalformed, absl::StrCat("the token's claims: ", claims.status().message()));
  SIGNET_RETURN_IF_ERROR(CheckTypes(*claims, reason::kTokenMalformed));
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
