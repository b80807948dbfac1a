// BuildPayload and CheckClaims (server/core/claims.h): claims from a caller, and from a token.

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "server/core/claims.h"
#include "server/core/json_object.h"
#include "tests/fuzz/fuzz.h"

namespace signet::fuzz {
namespace {

constexpr char kIssuer[] = "https://signet.example/t/acme";
constexpr char kTokenId[] = "5f0c3f5e-43b1-4a9c-8d6e-1f2a3b4c5d6e";
const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
const absl::Time kExpiry = kNow + absl::Hours(1);

template <typename T>
void RequireMember(const nlohmann::ordered_json& object, const char* name, const T& value) {
  const nlohmann::ordered_json* member = core::FindMember(object, name);
  Require(member != nullptr && *member == value, "iss, iat, exp and jti are the server's");
}

void TestPayload(absl::string_view claims) {
  const absl::StatusOr<std::string> payload = core::BuildPayload(claims, {kIssuer, kNow, kExpiry, kTokenId});
  if (!payload.ok()) {
    Require(absl::IsInvalidArgument(payload.status()) && !GetReason(payload.status()).empty(), "claims are refused with a reason");
    return;
  }
  const absl::StatusOr<nlohmann::ordered_json> object = core::ParseJsonObject(*payload);
  Require(object.ok(), "a payload that was built can be parsed");
  RequireMember(*object, "iss", kIssuer);
  RequireMember(*object, "iat", absl::ToUnixSeconds(kNow));
  RequireMember(*object, "exp", absl::ToUnixSeconds(kExpiry));
  RequireMember(*object, "jti", kTokenId);

  const absl::StatusOr<absl::Time> expiry = core::CheckClaims(*payload, {kIssuer, kNow, ""});
  Require(expiry.ok() ? *expiry == kExpiry : GetReason(expiry.status()) == reason::kTokenNotYetValid,
          "a payload that was built is valid until it expires, unless its nbf is in the future");
}

void TestClaims(absl::string_view payload, const core::ClaimRules& rules) {
  const absl::StatusOr<absl::Time> expiry = core::CheckClaims(payload, rules);
  if (expiry.ok()) {
    Require(*expiry > rules.now && *expiry < absl::InfiniteFuture(), "valid claims expire, but not yet");
    RequireMember(*core::ParseJsonObject(payload), "iss", rules.issuer);
  } else {
    Require(absl::IsInvalidArgument(expiry.status()) && !GetReason(expiry.status()).empty(), "claims are refused with a reason");
  }
}

}  // namespace

void TestOneInput(absl::string_view input) {
  TestPayload(input);
  TestClaims(input, {kIssuer, kNow, ""});
  TestClaims(input, {kIssuer, kNow, "api"});
}

}  // namespace signet::fuzz
