#include "server/http/oauth_response.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"

namespace signet::http {
namespace {

std::string Field(const Response& response, const std::string& name) {
  for (const auto& [field_name, value] : response.fields) {
    if (field_name == name) return value;
  }
  return "";
}

TEST(OAuthResponseTest, ATokenIsNotStored) {
  const Response response = TokenResponse({"a.b.c", absl::Minutes(10), "read:tenants"});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"access_token":"a.b.c","token_type":"Bearer","expires_in":600,"scope":"read:tenants"})");
  EXPECT_EQ(Field(response, "Content-Type"), "application/json");
  EXPECT_EQ(Field(response, "Cache-Control"), "no-store");
  EXPECT_EQ(Field(response, "Pragma"), "no-cache");
}

TEST(OAuthResponseTest, ATokenWithoutScopeNamesNone) {
  EXPECT_EQ(TokenResponse({"a.b.c", absl::Seconds(1), ""}).body,
            R"({"access_token":"a.b.c","token_type":"Bearer","expires_in":1})");
}

TEST(OAuthResponseTest, WhyIsForTheLogAndWhenToComeAgainForTheClient) {
  const absl::Status cause =
      Error(absl::StatusCode::kResourceExhausted, reason::kRateLimited, "inner words", {}, absl::Milliseconds(2500));
  const Response response =
      OAuthErrorResponse({.error = "temporarily_unavailable", .description = "slow down", .cause = cause}, ClientScheme::kOther);
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(Field(response, "Retry-After"), "3");
  EXPECT_EQ(response.cause, cause);
  EXPECT_EQ(response.body.find("inner"), std::string::npos);
}

TEST(OAuthResponseTest, AnIntrospectionIsTheJsonAndARevocationNothing) {
  const Response introspection = IntrospectionResponse(R"({"active":false})");
  EXPECT_EQ(introspection.status, 200);
  EXPECT_EQ(introspection.body, R"({"active":false})");
  EXPECT_EQ(Field(introspection, "Content-Type"), "application/json");
  EXPECT_EQ(Field(introspection, "Cache-Control"), "no-store");
  const Response revocation = RevocationResponse();
  EXPECT_EQ(revocation.status, 200);
  EXPECT_EQ(revocation.body, "");
  EXPECT_EQ(Field(revocation, "Cache-Control"), "no-store");
}

TEST(OAuthResponseTest, EachErrorHasItsStatus) {
  const struct {
    const char* error;
    int status;
  } cases[] = {{"invalid_request", 400},     {"invalid_scope", 400},          {"invalid_target", 400},
               {"unauthorized_client", 400}, {"unsupported_grant_type", 400}, {"temporarily_unavailable", 503},
               {"server_error", 500},        {"method_not_allowed", 405},     {"not_found", 404}};
  for (const auto& [error, status] : cases) {
    for (const ClientScheme scheme : {ClientScheme::kHttp, ClientScheme::kOther}) {
      const Response response = OAuthErrorResponse({.error = error, .description = "because"}, scheme);
      EXPECT_EQ(response.status, status) << error;
      const auto json = nlohmann::json::parse(response.body);
      EXPECT_EQ(json["error"], error);
      EXPECT_EQ(json["error_description"], "because");
      EXPECT_EQ(Field(response, "Cache-Control"), "no-store");
      EXPECT_EQ(Field(response, "WWW-Authenticate"), "");
      EXPECT_EQ(Field(response, "Retry-After"), status == 503 ? "1" : "");
    }
  }
}

TEST(OAuthResponseTest, AnInvalidClientIsChallengedWhereHttpAuthenticates) {
  const Response http = OAuthErrorResponse({.error = "invalid_client", .description = "because"}, ClientScheme::kHttp);
  EXPECT_EQ(http.status, 401);
  EXPECT_EQ(Field(http, "WWW-Authenticate"), "Basic realm=\"signet\", charset=\"UTF-8\"");
  const Response other = OAuthErrorResponse({.error = "invalid_client", .description = "because"}, ClientScheme::kOther);
  EXPECT_EQ(other.status, 400);
  EXPECT_EQ(Field(other, "WWW-Authenticate"), "");
  EXPECT_EQ(other.body, http.body);
}

}  // namespace
}  // namespace signet::http
