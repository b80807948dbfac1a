#include "clients/cpp/token_source.h"

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "base/fake_clock.h"
#include "clients/cpp/scripted_https_server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/test_certificate.h"

namespace signet::client {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kSecret[] = "s3cret:+/";

class TokenSourceTest : public testing::Test {
 protected:
  TokenSourceOptions Options() {
    return {.token_url = server_.url() + "/t/dev/oauth/token",
            .client_id = "sb-1",
            .client_secret = Secret(kSecret),
            .trust = {.ca_certificate = server_.ca_certificate()}};
  }
  std::unique_ptr<TokenSource> NewSource(TokenSourceOptions options) { return *TokenSource::Create(std::move(options), clock_); }
  static std::string TokenOf(TokenSource& source) {
    const absl::StatusOr<Secret> token = source.Token();
    return token.ok() ? std::string(token->Expose()) : absl::StrCat("no token: ", token.status().ToString());
  }
  // What Token() answers where the endpoint answers `status` and `body`.
  absl::Status FailureOf(int status, absl::string_view body, absl::string_view headers = "") {
    server_.Reply(status, body, headers);
    return NewSource(Options())->Token().status();
  }

  FakeClock clock_;
  ScriptedHttpsServer server_;
};

TEST_F(TokenSourceTest, FetchesATokenWithTheSecretInTheHeader) {
  server_.ReplyToken("t1");
  const auto source = NewSource(Options());
  EXPECT_EQ(TokenOf(*source), "t1");
  const auto request = server_.requests().at(0);
  EXPECT_EQ(request.line, "POST /t/dev/oauth/token HTTP/1.1");
  EXPECT_EQ(request.headers.at("authorization"), "Basic " + absl::Base64Escape("sb-1:s3cret%3A%2B%2F"));
  EXPECT_EQ(request.body, "grant_type=client_credentials");
  EXPECT_EQ(source->Current()->expire_time, clock_.Now() + absl::Hours(1));
}

TEST_F(TokenSourceTest, AsksForAnAudienceAndScopes) {
  server_.ReplyToken("t1");
  TokenSourceOptions options = Options();
  options.audience = "https://a";
  options.scope = "x y";
  TokenOf(*NewSource(std::move(options)));
  EXPECT_EQ(server_.requests().at(0).body, "grant_type=client_credentials&audience=https%3A%2F%2Fa&scope=x%20y");
}

TEST_F(TokenSourceTest, AClientWithACertificateSendsItsId) {
  server_.ReplyToken("t1");
  const TestCertificate client = MakeTestCertificate();
  TokenSourceOptions options = Options();
  options.client_secret = Secret();
  options.trust.client_certificate = client.certificate_pem;
  options.trust.client_key = Secret(client.private_key_pem);
  EXPECT_EQ(TokenOf(*NewSource(std::move(options))), "t1");
  const auto request = server_.requests().at(0);
  EXPECT_TRUE(request.has_client_certificate);
  EXPECT_EQ(request.headers.count("authorization"), 0u);
  EXPECT_EQ(request.body, "grant_type=client_credentials&client_id=sb-1");
}

TEST_F(TokenSourceTest, KeepsATokenUntilAMinuteBeforeItsEnd) {
  server_.ReplyToken("t1");
  server_.ReplyToken("t2");
  const auto source = NewSource(Options());
  EXPECT_EQ(TokenOf(*source), "t1");
  clock_.Advance(absl::Minutes(59) - absl::Seconds(1));
  EXPECT_EQ(TokenOf(*source), "t1");
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(TokenOf(*source), "t2");
}

TEST_F(TokenSourceTest, KeepsAShortTokenForNineTenthsOfItsLife) {
  server_.ReplyToken("t1", 100);
  server_.ReplyToken("t2", 100);
  const auto source = NewSource(Options());
  EXPECT_EQ(TokenOf(*source), "t1");
  clock_.Advance(absl::Seconds(89));
  EXPECT_EQ(TokenOf(*source), "t1");
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(TokenOf(*source), "t2");
}

TEST_F(TokenSourceTest, BeginsWithATokenThatWasFetchedBefore) {
  TokenSourceOptions options = Options();
  options.token = AccessToken{Secret("t0"), clock_.Now() + absl::Hours(1)};
  EXPECT_EQ(TokenOf(*NewSource(options)), "t0");
  options.token->expire_time = clock_.Now() - absl::Seconds(1);
  server_.ReplyToken("t1");
  EXPECT_EQ(TokenOf(*NewSource(options)), "t1");
}

TEST_F(TokenSourceTest, ADiscardedTokenIsReplaced) {
  server_.ReplyToken("t1");
  server_.ReplyToken("t2");
  const auto source = NewSource(Options());
  EXPECT_EQ(TokenOf(*source), "t1");
  source->Discard(Secret("another"));
  EXPECT_EQ(TokenOf(*source), "t1");
  source->Discard(Secret("t1"));
  EXPECT_FALSE(source->Current().has_value());
  EXPECT_EQ(TokenOf(*source), "t2");
}

TEST_F(TokenSourceTest, ThreadsShareOneFetch) {
  // A second fetch would get no answer.
  server_.ReplyToken("t1");
  const auto source = NewSource(Options());
  std::vector<std::string> tokens(8);
  std::vector<std::thread> threads;
  threads.reserve(tokens.size());
  for (std::string& token : tokens) threads.emplace_back([&token, &source] { token = TokenOf(*source); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(tokens, testing::Each("t1"));
  EXPECT_EQ(server_.requests().size(), 1u);
}

TEST_F(TokenSourceTest, AFailureIsNotKept) {
  const auto source = NewSource(Options());
  server_.Reply(503, "");
  EXPECT_EQ(source->Token().status().code(), absl::StatusCode::kUnavailable);
  server_.ReplyToken("t1");
  EXPECT_EQ(TokenOf(*source), "t1");
}

TEST_F(TokenSourceTest, EachRefusalHasACodeAndTheNameThatOAuthGivesIt) {
  const struct {
    int status;
    const char* error;
    absl::StatusCode code;
  } kTable[] = {
      {401, "invalid_client", absl::StatusCode::kUnauthenticated},
      {400, "invalid_client", absl::StatusCode::kUnauthenticated},
      {400, "unauthorized_client", absl::StatusCode::kPermissionDenied},
      {400, "invalid_scope", absl::StatusCode::kPermissionDenied},
      {400, "invalid_target", absl::StatusCode::kPermissionDenied},
      {400, "invalid_request", absl::StatusCode::kInvalidArgument},
      {503, "temporarily_unavailable", absl::StatusCode::kUnavailable},
      {500, "server_error", absl::StatusCode::kUnavailable},
  };
  for (const auto& row : kTable) {
    const absl::Status status =
        FailureOf(row.status, absl::StrCat(R"({"error":")", row.error, R"(","error_description":"go away"})"));
    EXPECT_EQ(status.code(), row.code) << row.error;
    EXPECT_EQ(GetErrorDetail(status)->metadata.at("oauth_error"), row.error);
    EXPECT_THAT(std::string(status.message()), testing::EndsWith(absl::StrCat(": ", row.error, ": go away")));
  }
}

TEST_F(TokenSourceTest, TooManyRequestsSayWhenToRetry) {
  const absl::Status status = FailureOf(429, "{}", "Retry-After: 30\r\n");
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(GetErrorDetail(status), (ErrorDetail{std::string(reason::kRateLimited), {}, absl::Seconds(30)}));
}

TEST_F(TokenSourceTest, AnAnswerOutsideOfOAuthIsTold) {
  EXPECT_EQ(FailureOf(404, "not found").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(FailureOf(302, "").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(FailureOf(401, "").code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(FailureOf(502, "<html>").code(), absl::StatusCode::kUnavailable);
  for (const char* body : {"", "[]", "{}", R"({"access_token":"t"})", R"({"access_token":1,"token_type":"Bearer"})",
                           R"({"access_token":"","token_type":"Bearer"})", R"({"access_token":"t","token_type":"DPoP"})",
                           R"({"access_token":"a\r\nb","token_type":"Bearer"})"}) {
    EXPECT_EQ(FailureOf(200, body).code(), absl::StatusCode::kInvalidArgument) << body;
  }
}

TEST_F(TokenSourceTest, ALifeThatMakesNoSenseDoesNoHarm) {
  for (const char* life : {"-1", "9223372036854775807", "\"x\"", "null"}) {
    server_.Reply(200, absl::StrCat(R"({"access_token":"t","token_type":"bearer","expires_in":)", life, "}"));
    EXPECT_EQ(TokenOf(*NewSource(Options())), "t") << life;
  }
}

TEST_F(TokenSourceTest, AnEndpointThatCannotBeReachedIsUnavailable) {
  TokenSourceOptions options = Options();
  options.trust.ca_certificate = MakeTestCertificate().certificate_pem;
  EXPECT_EQ(NewSource(std::move(options))->Token().status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(TokenSourceTest, NoErrorHoldsTheSecret) {
  for (const auto& body : {absl::StrCat(R"({"error":"invalid_client","error_description":"wrong: )", kSecret, "\"}"),
                           absl::StrCat(R"({"error":")", kSecret, "\"}")}) {
    EXPECT_THAT(FailureOf(401, body).ToString(), Not(HasSubstr(kSecret)));
  }
}

TEST_F(TokenSourceTest, RevokeGoesToTheEndpointBesideAndForgetsTheToken) {
  server_.ReplyToken("t1");
  const auto source = NewSource(Options());
  EXPECT_TRUE(source->Revoke().ok());
  EXPECT_TRUE(server_.requests().empty());
  TokenOf(*source);
  server_.Reply(200, "");
  EXPECT_TRUE(source->Revoke().ok());
  EXPECT_FALSE(source->Current().has_value());
  const auto request = server_.requests().at(1);
  EXPECT_EQ(request.line, "POST /t/dev/oauth/revoke HTTP/1.1");
  EXPECT_EQ(request.headers.count("authorization"), 1u);
  EXPECT_EQ(request.body, "token=t1&token_type_hint=access_token");
}

TEST_F(TokenSourceTest, RevokeTellsThatThereIsNoEndpointOrThatItFailed) {
  TokenSourceOptions options = Options();
  options.token = AccessToken{Secret("t0"), clock_.Now() + absl::Hours(1)};
  server_.Reply(503, "");
  EXPECT_EQ(NewSource(options)->Revoke().code(), absl::StatusCode::kUnavailable);
  options.token_url = server_.url() + "/token";
  EXPECT_EQ(NewSource(options)->Revoke().code(), absl::StatusCode::kUnimplemented);
}

TEST_F(TokenSourceTest, WhatCannotWorkIsRefusedAtOnce) {
  const auto code = [this](void (*spoil)(TokenSourceOptions&)) {
    TokenSourceOptions options = Options();
    spoil(options);
    return TokenSource::Create(std::move(options), clock_).status().code();
  };
  EXPECT_EQ(code([](TokenSourceOptions& o) { o.token_url = "http://h/oauth/token"; }), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code([](TokenSourceOptions& o) { o.client_id = ""; }), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code([](TokenSourceOptions& o) { o.client_secret = Secret(); }), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code([](TokenSourceOptions& o) { o.trust.client_certificate = "c"; }), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace signet::client
