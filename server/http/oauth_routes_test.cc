#include "server/http/oauth_routes.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/base64url.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "server/http/routes.h"
#include "server/http/testing/backend_parts.h"

namespace signet::http {
namespace {

constexpr char kBySecret[] = "grant_type=client_credentials&client_id=ci&client_secret=correct&audience=a&scope=s";

std::string Field(const Response& response, const std::string& name) {
  for (const auto& [field_name, value] : response.fields) {
    if (field_name == name) return value;
  }
  return "";
}

std::string ErrorOf(const Response& response) {
  const auto json = nlohmann::json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  return json.is_object() ? json.value("error", "") : "";
}

std::string Basic(const std::string& pair) { return absl::StrCat("Basic ", absl::Base64Escape(pair)); }

class OAuthRoutesTest : public testing::Test {
 protected:
  static Request PostOf(const std::string& target, const std::string& body, Fields more_fields = {}) {
    more_fields.emplace_back("Host", "acme.example");
    more_fields.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    Request request = {.method = "POST", .target = target, .fields = std::move(more_fields)};
    request.body = Secret(body);
    request.peer_address = "192.0.2.1";
    return request;
  }
  // The answer, with the work done.
  Response Send(const Request& request) {
    RoutedResponse routed = Route(parts_.backend, Serving(), request);
    return routed.work.executor == nullptr ? routed.response : routed.work.run(0);
  }
  Response Post(const std::string& target, const std::string& body, Fields more_fields = {}) {
    return Send(PostOf(target, body, std::move(more_fields)));
  }
  FakeTokenEndpoint::Call LastCall() { return parts_.token_endpoint.calls().back(); }

  BackendParts parts_;
};

TEST_F(OAuthRoutesTest, ATokenIsIssuedForTheTenantOfTheHostOrThePath) {
  for (const std::string target : {"/oauth/token", "/t/acme/oauth/token", "/oauth/token?x=y"}) {
    const Response response = Post(target, kBySecret);
    EXPECT_EQ(response.status, 200) << target;
    EXPECT_EQ(nlohmann::json::parse(response.body)["access_token"], "token for a");
    EXPECT_EQ(LastCall().method, "IssueToken");
    EXPECT_EQ(LastCall().tenant, "acme");
    EXPECT_EQ(LastCall().client_id, "ci");
    EXPECT_EQ(LastCall().secret, "correct");
    EXPECT_EQ(LastCall().scope, "s");
  }
  EXPECT_EQ(Post("/t/other/oauth/token", kBySecret).status, 200);
  EXPECT_EQ(LastCall().tenant, "other");
  EXPECT_EQ(Post("/t/nobody/oauth/token", kBySecret).status, 404);
}

TEST_F(OAuthRoutesTest, WhatWaitsForStoreAndHsmIsDoneOnTheTokenExecutor) {
  for (const char* target : {"/oauth/token", "/oauth/introspect", "/oauth/revoke"}) {
    const std::string body = absl::StrCat(kBySecret, "&token=t");
    EXPECT_EQ(Route(parts_.backend, Serving(), PostOf(target, body)).work.executor, &parts_.token_executor) << target;
  }
}

TEST_F(OAuthRoutesTest, ATokenMayBeAskedForInJsonAndNothingElse) {
  Request request = PostOf("/oauth/token", R"({"grant_type":"client_credentials","client_id":"ci","client_secret":"correct"})");
  request.fields.back().second = "application/json";
  EXPECT_EQ(Send(request).status, 200);
  request.target = "/oauth/introspect";
  EXPECT_EQ(ErrorOf(Send(request)), "invalid_request");
}

TEST_F(OAuthRoutesTest, AnIntrospectionSaysWhatATokenIsWorth) {
  const Fields basic = {{"Authorization", Basic("ci:correct")}};
  EXPECT_EQ(Post("/oauth/introspect", "token=good&token_type_hint=access_token", basic).body,
            R"({"active":true,"client_id":"ci"})");
  EXPECT_EQ(Post("/t/acme/oauth/introspect", "token=bad", basic).body, R"({"active":false})");
  EXPECT_EQ(ErrorOf(Post("/oauth/introspect", "", basic)), "invalid_request");
  EXPECT_EQ(ErrorOf(Post("/oauth/introspect", "token=", basic)), "invalid_request");
}

TEST_F(OAuthRoutesTest, ARevocationHasNoContent) {
  const Response response = Post("/oauth/revoke", "token=any&client_id=ci&client_secret=correct");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "");
  EXPECT_EQ(LastCall().method, "Revoke");
  EXPECT_EQ(LastCall().token, "any");
  EXPECT_EQ(ErrorOf(Post("/oauth/revoke", "client_id=ci&client_secret=correct")), "invalid_request");
}

TEST_F(OAuthRoutesTest, AClientThatIsNotKnownIsChallengedIfItUsedHttp) {
  for (const std::string target : {"/oauth/token", "/oauth/introspect", "/oauth/revoke"}) {
    const std::string body = "grant_type=client_credentials&token=t";
    for (const Fields& fields : {Fields{{"Authorization", Basic("ci:wrong")}}, Fields{{"Authorization", "Bearer x"}}, Fields{}}) {
      const Response response = Post(target, body, fields);
      EXPECT_EQ(response.status, 401) << target;
      EXPECT_EQ(ErrorOf(response), "invalid_client");
      EXPECT_EQ(Field(response, "WWW-Authenticate"), "Basic realm=\"signet\", charset=\"UTF-8\"");
    }
    const Response response = Post(target, absl::StrCat(body, "&client_id=ci&client_secret=wrong"));
    EXPECT_EQ(response.status, 400) << target;
    EXPECT_EQ(ErrorOf(response), "invalid_client");
    EXPECT_EQ(Field(response, "WWW-Authenticate"), "");
  }
}

TEST_F(OAuthRoutesTest, AnUnknownClientAndAWrongSecretGetTheSameAnswer) {
  const Response wrong = Post("/oauth/token", "", {{"Authorization", Basic("ci:wrong")}});
  const Response unknown = Post("/oauth/token", "", {{"Authorization", Basic("nobody:wrong")}});
  EXPECT_EQ(wrong.status, unknown.status);
  EXPECT_EQ(wrong.fields, unknown.fields);
  EXPECT_EQ(wrong.body, unknown.body);
}

TEST_F(OAuthRoutesTest, WhatTheEndpointRefusesIsRefusedInItsWords) {
  parts_.token_endpoint.FailWith({.error = "temporarily_unavailable",
                                  .description = "later",
                                  .cause = Error(absl::StatusCode::kUnavailable, reason::kHsmUnavailable, "the HSM is gone")});
  const Response response = Post("/oauth/token", kBySecret);
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(ErrorOf(response), "temporarily_unavailable");
  EXPECT_EQ(Field(response, "Retry-After"), "1");
  EXPECT_EQ(GetReason(response.cause), "HSM_UNAVAILABLE");
}

TEST_F(OAuthRoutesTest, WhoComesTooOftenIsToldWhenToComeAgain) {
  for (int i = 0; i < 100; ++i) ASSERT_EQ(Post("/oauth/token", kBySecret).status, 200);
  const Response response = Post("/oauth/token", kBySecret);
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(ErrorOf(response), "temporarily_unavailable");
  EXPECT_EQ(Field(response, "Retry-After"), "1");
  EXPECT_EQ(Field(response, "X-RateLimit-Limit"), "100");
  EXPECT_EQ(Field(response, "X-RateLimit-Remaining"), "0");
  EXPECT_EQ(Field(response, "X-RateLimit-Reset"), absl::StrCat(absl::ToUnixSeconds(parts_.clock.Now()) + 100));
  EXPECT_EQ(parts_.token_endpoint.calls().size(), 100u);
  parts_.clock.Advance(absl::Seconds(1));
  EXPECT_EQ(Post("/oauth/token", kBySecret).status, 200);
}

TEST_F(OAuthRoutesTest, TheEndpointMayLimitTheRateOfAClientThatIsKnown) {
  parts_.token_endpoint.FailWith(
      {.error = "temporarily_unavailable",
       .description = "later",
       .cause = Error(absl::StatusCode::kResourceExhausted, reason::kRateLimited, "too many", {{"limit", "7"}}, absl::Seconds(3))});
  const Response response = Post("/oauth/token", kBySecret);
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(Field(response, "Retry-After"), "3");
  EXPECT_EQ(Field(response, "X-RateLimit-Limit"), "7");
  EXPECT_EQ(Field(response, "X-RateLimit-Remaining"), "0");
  EXPECT_EQ(Field(response, "X-RateLimit-Reset"), absl::StrCat(absl::ToUnixSeconds(parts_.clock.Now()) + 3));
}

TEST_F(OAuthRoutesTest, AFloodFromElsewhereInAClientsNameLeavesItsRateAlone) {
  Request flood = PostOf("/oauth/token", kBySecret);
  flood.peer_address = "198.51.100.9";
  for (int i = 0; i < 110; ++i) Send(flood);
  EXPECT_EQ(Send(flood).status, 429);
  EXPECT_EQ(Post("/oauth/token", kBySecret).status, 200);
}

TEST_F(OAuthRoutesTest, AFloodOfOneTenantLeavesTheOthersAlone) {
  for (int i = 0; i < 300; ++i) {
    Post("/oauth/token", absl::StrCat("grant_type=client_credentials&client_secret=x&client_id=made-up-", i));
  }
  EXPECT_EQ(Post("/oauth/token", kBySecret).status, 429) << "the tenant's own rate is used up";
  EXPECT_EQ(Post("/t/other/oauth/token", kBySecret).status, 200);
}

std::string ByAssertion(const std::string& payload) {
  return absl::StrCat("grant_type=client_credentials&client_assertion=", Base64UrlEncode("{}"), ".", Base64UrlEncode(payload),
                      ".AAAA&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
}

TEST_F(OAuthRoutesTest, AClientThatOnlyItsAssertionNamesHasARateOfItsOwn) {
  for (int i = 0; i < 100; ++i) ASSERT_EQ(Post("/oauth/token", ByAssertion(R"({"iss":"a"})")).status, 200);
  EXPECT_EQ(Post("/oauth/token", ByAssertion(R"({"iss":"a"})")).status, 429);
  EXPECT_EQ(Post("/oauth/token", absl::StrCat(ByAssertion("{}"), "&client_id=a")).status, 429) << "it is the same client";
  EXPECT_EQ(Post("/oauth/token", ByAssertion(R"({"iss":"b"})")).status, 200);
  EXPECT_EQ(Post("/t/other/oauth/token", ByAssertion(R"({"iss":"a"})")).status, 200);
}

TEST_F(OAuthRoutesTest, AFloodOfAssertionsOfOneTenantLeavesTheOthersAlone) {
  for (const char* payload : {R"({"iss":"a"})", R"({"iss":1})", "{}", "junk"}) {
    for (int i = 0; i < 110; ++i) Post("/oauth/token", ByAssertion(payload));
  }
  EXPECT_EQ(Post("/oauth/token", ByAssertion(R"({"iss":"b"})")).status, 429) << "the tenant's own rate is used up";
  for (const char* payload : {R"({"iss":"a"})", R"({"iss":1})", "{}", "junk"}) {
    EXPECT_EQ(Post("/t/other/oauth/token", ByAssertion(payload)).status, 200) << payload;
  }
}

}  // namespace
}  // namespace signet::http
