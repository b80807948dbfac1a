#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/http/http_server.h"
#include "server/http/testing/http_client.h"
#include "server/http/testing/http_server_fixture.h"

namespace signet::http {
namespace {

constexpr char kToken[] = "/t/acme/oauth/token";
constexpr char kBySecret[] = "grant_type=client_credentials&client_id=ci&client_secret=correct&audience=a";

// What waits for an executor, and what comes in for it.
class HttpServerOAuthTest : public HttpServerFixture {
 protected:
  ~HttpServerOAuthTest() override { parts_.token_endpoint.Release(); }

  static std::string Post(const std::string& body, const std::string& more_fields = "") {
    return absl::StrCat("POST ", kToken, " HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n", more_fields,
                        "Content-Length: ", body.size(), "\r\n\r\n", body);
  }

  FakeTokenEndpoint& endpoint_ = parts_.token_endpoint;
};

TEST_F(HttpServerOAuthTest, AClientGetsATokenOverTls) {
  Start(Tls());
  const auto client = ConnectTls();
  ASSERT_NE(client, nullptr);
  const auto response = client->PostForm(kToken, kBySecret);
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(nlohmann::json::parse(response->body)["access_token"], "token for a");
  EXPECT_EQ(response->fields.at("cache-control"), "no-store");
  EXPECT_EQ(response->fields.at("connection"), "keep-alive");
  EXPECT_EQ(endpoint_.calls()[0].tenant, "acme");
}

TEST_F(HttpServerOAuthTest, AChunkedBodyIsTheSameBody) {
  Start(Plain());
  const auto client = Connect();
  const std::string body = kBySecret;
  ASSERT_TRUE(client->Send(absl::StrCat("POST ", kToken,
                                        " HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                                        "Transfer-Encoding: chunked\r\n\r\n5\r\n",
                                        body.substr(0, 5), "\r\n", absl::StrCat(absl::Hex(body.size() - 5)), "\r\n", body.substr(5),
                                        "\r\n0\r\n\r\n")));
  const auto response = client->Receive();
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 200);
}

TEST_F(HttpServerOAuthTest, ABodyThatComesByteByByteIsTheSameBody) {
  Start(Plain());
  const auto client = Connect();
  for (const char c : Post(kBySecret)) ASSERT_TRUE(client->Send(std::string(1, c)));
  const auto response = client->Receive();
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 200);
}

TEST_F(HttpServerOAuthTest, ABodyOf64KiBIsReadAndALargerOneRefused) {
  Start(Plain());
  const std::string filler = absl::StrCat(kBySecret, "&x=");
  {
    const auto client = Connect();
    ASSERT_TRUE(client->Send(Post(filler + std::string(kMaxBodySize - filler.size(), 'x'))));
    const auto response = client->Receive();
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(response->status, 200);
  }
  const auto client = Connect();
  ASSERT_TRUE(client->Send(Post(filler + std::string(kMaxBodySize - filler.size() + 1, 'x'))));
  const auto response = client->Receive();
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 413);
  EXPECT_EQ(nlohmann::json::parse(response->body)["error"], "invalid_request");
  EXPECT_TRUE(client->IsEnded());
}

TEST_F(HttpServerOAuthTest, HostileBodiesAreAnsweredAndTheConnectionGoesOn) {
  Start(Plain());
  const auto client = Connect();
  for (const std::string& body : {std::string(), std::string("%"), std::string(60000, '%'), std::string(60000, '&'),
                                  std::string(60000, '='), std::string("\0\xff\xfe", 3), absl::StrCat(kBySecret, "&client_id=ci"),
                                  std::string("grant_type"), std::string(60000, '{')}) {
    ASSERT_TRUE(client->Send(Post(body)));
    const auto response = client->Receive();
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(response->status, 400) << body.substr(0, 20);
    EXPECT_EQ(nlohmann::json::parse(response->body)["error"], "invalid_request");
  }
  EXPECT_TRUE(endpoint_.calls().empty());
  ASSERT_TRUE(client->Send(Post(kBySecret)));
  EXPECT_EQ(client->Receive()->status, 200);
}

TEST_F(HttpServerOAuthTest, AClientThatSendsHalfABodyIsCutOff) {
  HttpServerOptions options = Plain();
  options.client_timeout = absl::Milliseconds(200);
  Start(options);
  const auto client = Connect();
  const std::string request = Post(kBySecret);
  ASSERT_TRUE(client->Send(request.substr(0, request.size() - 1)));
  EXPECT_TRUE(client->IsEnded());
  EXPECT_TRUE(endpoint_.calls().empty());
}

TEST_F(HttpServerOAuthTest, WhatIsInMemoryIsServedWhileAllWorkersAreBusy) {
  Start(Plain());
  endpoint_.Hold();
  std::vector<std::unique_ptr<HttpClient>> waiting;
  // Each worker has one, and a tenant gets half of the queue.
  for (int i = 0; i < 6; ++i) {
    waiting.push_back(Connect());
    ASSERT_TRUE(waiting.back()->Send(Post(kBySecret)));
    // The executor counts an idle worker as free until that worker has woken up.
    ASSERT_TRUE(endpoint_.WaitForCalls(std::min<size_t>(static_cast<size_t>(i) + 1, 4)));
  }
  EXPECT_EQ(Connect()->Get("/t/acme/.well-known/jwks.json")->status, 200);

  const auto refused = Connect()->PostForm(kToken, kBySecret);
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->status, 503);
  EXPECT_EQ(refused->fields.at("retry-after"), "1");
  EXPECT_EQ(nlohmann::json::parse(refused->body)["error"], "temporarily_unavailable");

  endpoint_.Release();
  for (const auto& client : waiting) EXPECT_EQ(client->Receive()->status, 200);
}

TEST_F(HttpServerOAuthTest, PipelinedRequestsAreAnsweredInTheirOrderThoughOneWaits) {
  Start(Plain());
  endpoint_.Hold();
  const auto client = Connect();
  ASSERT_TRUE(
      client->Send(absl::StrCat(Post(kBySecret, "X-Request-Id: 1\r\n"), "GET /livez HTTP/1.1\r\nHost: x\r\nX-Request-Id: 2\r\n\r\n",
                                Post(kBySecret, "X-Request-Id: 3\r\n"))));
  ASSERT_TRUE(endpoint_.WaitForCalls(1));
  EXPECT_TRUE(client->IsSilent());
  endpoint_.Release();
  for (const char* id : {"1", "2", "3"}) {
    const auto response = client->Receive();
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->fields.at("x-request-id"), id);
  }
}

TEST_F(HttpServerOAuthTest, AClientThatLeavesBeforeItsAnswerHarmsNobody) {
  Start(Tls());
  endpoint_.Hold();
  for (int i = 0; i < 3; ++i) {
    const auto client = ConnectTls();
    ASSERT_NE(client, nullptr);
    ASSERT_TRUE(client->Send(Post(kBySecret)));
    ASSERT_TRUE(endpoint_.WaitForCalls(static_cast<size_t>(i) + 1));
  }
  endpoint_.Release();
  EXPECT_EQ(ConnectTls()->PostForm(kToken, kBySecret)->status, 200);
}

TEST_F(HttpServerOAuthTest, AClientWhoseWorkTakesTooLongIsCutOffAndTheAnswerIsLost) {
  HttpServerOptions options = Plain();
  options.client_timeout = absl::Milliseconds(200);
  Start(options);
  endpoint_.Hold();
  const auto client = Connect();
  ASSERT_TRUE(client->Send(Post(kBySecret)));
  EXPECT_TRUE(client->IsEnded());
  endpoint_.Release();
  EXPECT_EQ(Connect()->PostForm(kToken, kBySecret)->status, 200);
}

TEST_F(HttpServerOAuthTest, ShutdownWaitsForWorkUnderWayAndEndsTheRest) {
  Start(Tls());
  endpoint_.Hold();
  const auto idle = ConnectTls();
  const auto working = ConnectTls();
  ASSERT_TRUE(idle != nullptr && working != nullptr);
  ASSERT_TRUE(idle->Get("/livez").has_value());
  ASSERT_TRUE(working->Send(Post(kBySecret)));
  ASSERT_TRUE(endpoint_.WaitForCalls(1));

  std::thread shutdown([this] { server_->Shutdown(); });
  EXPECT_TRUE(idle->IsEnded());
  endpoint_.Release();
  const auto response = working->Receive();
  shutdown.join();
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->fields.at("connection"), "close");
  EXPECT_TRUE(working->IsEnded());
}

TEST_F(HttpServerOAuthTest, ShutdownWaitsForWorkWhoseClientHasGone) {
  Start(Plain());
  endpoint_.Hold();
  {
    const auto client = Connect();
    ASSERT_TRUE(client->Send(Post(kBySecret)));
    ASSERT_TRUE(endpoint_.WaitForCalls(1));
  }
  std::thread shutdown([this] { server_->Shutdown(); });
  endpoint_.Release();
  shutdown.join();
}

TEST_F(HttpServerOAuthTest, ExecutorsThatShutDownAreUnavailable) {
  Start(Plain());
  parts_.token_executor.Shutdown();
  const auto client = Connect();
  for (const char* target : {kToken, "/t/acme/oauth/introspect", "/t/acme/oauth/revoke"}) {
    const auto response = client->PostForm(target, absl::StrCat(kBySecret, "&token=good"));
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(response->status, 503) << target;
  }
}

TEST_F(HttpServerOAuthTest, NoLogLineHoldsASecretOrAToken) {
  Start(Plain());
  const auto client = Connect();
  ASSERT_TRUE(client->PostForm("/t/acme/oauth/token?client_secret=correct", kBySecret).has_value());
  ASSERT_TRUE(client
                  ->PostForm("/t/acme/oauth/introspect", "token=eyJhbGci.whole.token",
                             absl::StrCat("Authorization: Basic ", absl::Base64Escape("ci:correct"), "\r\n"))
                  .has_value());
  ASSERT_TRUE(client->Send("POST / HTTP/1.1\r\nHost x correct\r\n\r\n"));
  client->Receive();
  server_->Shutdown();
  for (const auto& line : parts_.logger.lines()) {
    for (const auto& [name, value] : line.fields) {
      const std::string* const text = std::get_if<std::string>(&value);
      if (text == nullptr) continue;
      for (const std::string& secret : {std::string("correct"), std::string("whole"), absl::Base64Escape("ci:correct")}) {
        EXPECT_FALSE(absl::StrContains(*text, secret)) << name << ": " << *text;
      }
    }
  }
}

}  // namespace
}  // namespace signet::http
