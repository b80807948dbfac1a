#include "server/http/http_server.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/http/testing/http_client.h"
#include "server/http/testing/http_server_fixture.h"

namespace signet::http {
namespace {

constexpr char kJwks[] = "/t/acme/.well-known/jwks.json";

class HttpServerTest : public HttpServerFixture {
 protected:
  PublishedTenants& tenants_ = parts_.tenants;
  RecordingLogger& logger_ = parts_.logger;
};

TEST_F(HttpServerTest, ServesTheJwksOverTls) {
  Start(Tls());
  const auto client = ConnectTls();
  ASSERT_NE(client, nullptr);
  const auto response = client->Get(kJwks);
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, core::BuildJwks(tenants_.directory().FindTenant(keystore::TenantId("acme"))->published).json);
  EXPECT_EQ(response->fields.at("content-type"), "application/jwk-set+json");
  EXPECT_EQ(response->fields.at("cache-control"), "public, max-age=300");
  EXPECT_EQ(response->fields.at("date"), "Tue, 14 Nov 2023 22:13:20 GMT");
  EXPECT_EQ(response->fields.at("x-content-type-options"), "nosniff");
  EXPECT_EQ(response->fields.count("server"), 0u);
}

TEST_F(HttpServerTest, RefusesTlsBelow12) {
  Start(Tls());
  const auto connect = [&](int version) {
    HttpClient::Tls tls;
    tls.max_version = version;
    return ConnectTls(tls);
  };
  EXPECT_EQ(connect(TLS1_1_VERSION), nullptr);
  EXPECT_NE(connect(TLS1_2_VERSION), nullptr);
  EXPECT_NE(connect(TLS1_3_VERSION), nullptr);
}

TEST_F(HttpServerTest, PlainTextOnATlsListenerIsCutOff) {
  Start(Tls());
  const auto client = Connect();
  ASSERT_TRUE(client->Send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  EXPECT_EQ(client->Receive(), std::nullopt);
  EXPECT_NE(ConnectTls(), nullptr);
}

TEST_F(HttpServerTest, AConnectionServesManyRequests) {
  Start(Tls());
  const auto client = ConnectTls();
  ASSERT_NE(client, nullptr);
  const auto first = client->Get(kJwks);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->fields.at("connection"), "keep-alive");

  const auto unchanged = client->Get(kJwks, absl::StrCat("If-None-Match: ", first->fields.at("etag"), "\r\n"));
  ASSERT_TRUE(client->Send(absl::StrCat("HEAD ", kJwks, " HTTP/1.1\r\nHost: x\r\n\r\n")));
  const auto head = client->Receive("HEAD");
  const auto last = client->Get("/livez", "X-Request-Id: req-1\r\nConnection: close\r\n");
  ASSERT_TRUE(unchanged && head && last);
  EXPECT_EQ(unchanged->status, 304);
  EXPECT_EQ(unchanged->fields.at("etag"), first->fields.at("etag"));
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->fields.at("content-length"), first->fields.at("content-length"));
  EXPECT_EQ(last->body, "ok\n");
  EXPECT_EQ(last->fields.at("x-request-id"), "req-1");
  EXPECT_EQ(last->fields.at("connection"), "close");
  EXPECT_TRUE(client->IsEnded());
}

TEST_F(HttpServerTest, PipelinedRequestsAreAnsweredInTheirOrder) {
  Start(Plain());
  const auto client = Connect();
  std::string requests;
  for (int i = 0; i < 20; ++i) absl::StrAppend(&requests, "GET /livez HTTP/1.1\r\nHost: x\r\nX-Request-Id: ", i, "\r\n\r\n");
  ASSERT_TRUE(client->Send(requests));
  for (int i = 0; i < 20; ++i) {
    const auto response = client->Receive();
    ASSERT_TRUE(response.has_value()) << i;
    EXPECT_EQ(response->fields.at("x-request-id"), absl::StrCat(i));
  }
}

TEST_F(HttpServerTest, Http10IsAnsweredAndClosedUnlessItAsksForMore) {
  Start(Plain());
  const auto client = Connect();
  ASSERT_TRUE(client->Send("GET /livez HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
  const auto kept = client->Receive();
  ASSERT_TRUE(kept.has_value());
  EXPECT_EQ(kept->status, 200);
  ASSERT_TRUE(client->Send("GET /livez HTTP/1.0\r\n\r\n"));
  const auto closed = client->Receive();
  ASSERT_TRUE(closed.has_value());
  EXPECT_EQ(closed->status, 200);
  EXPECT_TRUE(client->IsEnded());
}

TEST_F(HttpServerTest, Http11WithoutHostIsRefusedAsARequestThatCouldBeRead) {
  Start(Plain());
  const auto client = Connect();
  ASSERT_TRUE(client->Send("GET /livez HTTP/1.1\r\n\r\n"));
  const auto response = client->Receive();
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 400);
}

TEST_F(HttpServerTest, OtherMethodsAreRefusedAndTheConnectionGoesOn) {
  Start(Plain());
  const auto client = Connect();
  ASSERT_TRUE(client->Send(absl::StrCat("POST ", kJwks, " HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")));
  const auto response = client->Receive();
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 405);
  EXPECT_EQ(response->fields.at("allow"), "GET, HEAD");
  const auto next = client->Get("/livez");
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->status, 200);
}

TEST_F(HttpServerTest, TheRequestTargetReachesTheRoutesUndecoded) {
  Start(Plain());
  const auto client = Connect();
  for (const char* target :
       {"/t/../t/acme/.well-known/jwks.json", "/t/%61cme/.well-known/jwks.json", "/t/%2e%2e/.well-known/jwks.json"}) {
    const auto response = client->Get(target);
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(response->status, 404) << target;
  }
}

TEST_F(HttpServerTest, AnUpgradeIsIgnoredAndKeepsTheTimeLimit) {
  HttpServerOptions options = Plain();
  options.client_timeout = absl::Milliseconds(200);
  Start(options);
  const auto client = Connect();
  const auto response = client->Get("/livez", "Connection: Upgrade\r\nUpgrade: websocket\r\n");
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 200);
  EXPECT_TRUE(client->IsEnded());
}

TEST_F(HttpServerTest, MetricsTellRequestsApartAsOpenTelemetryDoes) {
  Start(Tls());
  const auto client = ConnectTls();
  ASSERT_NE(client, nullptr);
  ASSERT_TRUE(client->Get(kJwks).has_value());
  ASSERT_TRUE(client->Get("/made-up").has_value());
  for (const char* method : {"PUT", "PROPFIND"}) {
    ASSERT_TRUE(client->Send(absl::StrCat(method, " ", kJwks, " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")));
    ASSERT_TRUE(client->Receive().has_value()) << method;
  }
  const auto metrics = client->Get("/metrics", "Authorization: Bearer system\r\n");
  ASSERT_TRUE(metrics.has_value());
  for (const char* labels :
       {R"(http_request_method="GET",http_response_status_code="200",http_route="/t/{tenant}/.well-known/jwks.json")",
        R"(http_request_method="GET",http_response_status_code="404")",
        R"(http_request_method="PUT",http_response_status_code="405")",
        R"(http_request_method="_OTHER",http_response_status_code="405")"}) {
    const std::string series = absl::StrCat("\nhttp_server_request_duration_seconds_count{", labels, ",url_scheme=\"https\"} 1\n");
    EXPECT_TRUE(absl::StrContains(metrics->body, series)) << series << metrics->body;
  }
}

TEST_F(HttpServerTest, WhatFollowsTheLastRequestIsNotAnsweredAndLosesNoAnswer) {
  Start(Plain());
  const auto client = Connect();
  ASSERT_TRUE(
      client->Send(absl::StrCat("GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", std::string(1'000'000, 'a'))));
  const auto response = client->Receive();
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->fields.at("connection"), "close");
  EXPECT_TRUE(client->IsEndedInOrder());
}

TEST_F(HttpServerTest, AClientThatStaysAfterTheLastAnswerIsCutOff) {
  HttpServerOptions options = Plain();
  options.client_timeout = absl::Milliseconds(200);
  options.max_connections = 1;
  Start(options);
  const auto client = Connect();
  ASSERT_TRUE(client->Get("/livez", "Connection: close\r\n").has_value());
  EXPECT_TRUE(client->IsEndedInOrder());
  EXPECT_TRUE(Connect()->Get("/livez").has_value()) << "there is room for another one";
}

TEST_F(HttpServerTest, AClientThatIsSlowToAskIsCutOff) {
  HttpServerOptions options = Plain();
  options.client_timeout = absl::Milliseconds(200);
  Start(options);
  const auto silent = Connect();
  const auto half = Connect();
  ASSERT_TRUE(half->Send("GET /livez HTTP/1.1\r\nHost: x\r\nX-Sl"));
  const auto idle = Connect();
  ASSERT_TRUE(idle->Get("/livez").has_value());
  EXPECT_TRUE(silent->IsEnded());
  EXPECT_TRUE(half->IsEnded());
  EXPECT_TRUE(idle->IsEnded());
}

TEST_F(HttpServerTest, AClientThatDoesNotFinishTheTlsHandshakeIsCutOff) {
  HttpServerOptions options = Tls();
  options.client_timeout = absl::Milliseconds(200);
  Start(options);
  const auto silent = Connect();
  const auto half = Connect();
  ASSERT_TRUE(half->Send("\x16\x03\x01"));
  EXPECT_TRUE(silent->IsEnded());
  EXPECT_TRUE(half->IsEnded());
}

TEST_F(HttpServerTest, AClientThatDoesNotTakeItsResponsesIsCutOff) {
  HttpServerOptions options = Plain();
  options.client_timeout = absl::Milliseconds(200);
  Start(options);
  const auto client = Connect();
  std::string requests;
  for (int i = 0; i < 1000; ++i) absl::StrAppend(&requests, "GET ", kJwks, " HTTP/1.1\r\nHost: x\r\n\r\n");
  // Some megabytes fill the buffers between; then the server waits, and this side for the server.
  int sent = 0;
  while (sent < 1000 && client->Send(requests)) ++sent;
  EXPECT_LT(sent, 1000);
  EXPECT_TRUE(Connect()->Get("/livez").has_value());
}

TEST_F(HttpServerTest, ConnectionsBeyondTheLimitWaitForAnotherToGo) {
  HttpServerOptions options = Plain();
  options.max_connections = 2;
  Start(options);
  auto first = Connect();
  const auto second = Connect();
  ASSERT_TRUE(first->Get("/livez") && second->Get("/livez"));

  const auto third = Connect();
  ASSERT_NE(third, nullptr);
  ASSERT_TRUE(third->Send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_TRUE(third->IsSilent());
  EXPECT_TRUE(second->Get("/livez").has_value());
  first.reset();
  EXPECT_TRUE(third->Receive().has_value());
}

TEST_F(HttpServerTest, AcceptsAgainAfterTheProcessWasOutOfFileDescriptors) {
  Start(Plain());
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  rlimit before;
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit low = {.rlim_cur = static_cast<rlim_t>(socket) + 20, .rlim_max = before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &low);
  std::vector<int> fillers;
  for (int filler = dup(socket); filler >= 0; filler = dup(socket)) fillers.push_back(filler);

  const auto client = HttpClient::Connect(server_->bound_address(), socket);
  ASSERT_NE(client, nullptr);
  const auto line = logger_.WaitFor("http listener cannot accept");
  for (const int filler : fillers) close(filler);
  setrlimit(RLIMIT_NOFILE, &before);
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->level, LogLevel::kWarning);
  EXPECT_TRUE(client->Get("/livez").has_value());
  EXPECT_TRUE(Connect()->Get("/livez").has_value());
}

TEST_F(HttpServerTest, ConnectionsWaitBetweenCreateAndServe) {
  auto server = HttpServer::Create(Plain());
  ASSERT_TRUE(server.ok()) << server.status();
  server_ = *std::move(server);
  const auto client = Connect();
  ASSERT_TRUE(client->Send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_TRUE(client->IsSilent());
  server_->Serve(parts_.backend);
  EXPECT_TRUE(client->Receive().has_value());
}

TEST_F(HttpServerTest, APortInUseIsUnavailableAndNamed) {
  Start(Plain());
  HttpServerOptions options = Plain();
  options.address = server_->bound_address();
  const auto second = HttpServer::Create(options);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(absl::StrContains(second.status().message(), server_->bound_address())) << second.status();
}

TEST_F(HttpServerTest, AnAddressThatCannotBeReadIsInvalid) {
  for (const char* address : {"", "localhost", ":8444", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1: 1",
                              "example.com:1", "::1:8444", "[127.0.0.1]:1", "[localhost]:1", "[::1]", "unix:/tmp/x"}) {
    HttpServerOptions options = Plain();
    options.address = address;
    EXPECT_EQ(HttpServer::Create(options).status().code(), absl::StatusCode::kInvalidArgument) << address;
  }
}

TEST_F(HttpServerTest, LocalhostIsTheIpv4Loopback) {
  HttpServerOptions options = Plain();
  options.address = "localhost:0";
  Start(options);
  EXPECT_TRUE(absl::StartsWith(server_->bound_address(), "127.0.0.1:")) << server_->bound_address();
}

TEST_F(HttpServerTest, ShutdownEndsConnectionsInEveryStateAndFreesThePort) {
  Start(Tls());
  const std::string address = server_->bound_address();
  const auto in_handshake = Connect();
  const auto idle = ConnectTls();
  const auto half = ConnectTls();
  const auto refused = ConnectTls();
  ASSERT_TRUE(idle != nullptr && half != nullptr && refused != nullptr);
  ASSERT_TRUE(idle->Get("/livez").has_value());
  ASSERT_TRUE(half->Send("GET /livez HT"));
  ASSERT_TRUE(refused->Send("hello\r\n\r\n"));
  ASSERT_TRUE(refused->Receive().has_value());

  server_->Shutdown();
  server_->Shutdown();
  EXPECT_TRUE(in_handshake->IsEnded());
  EXPECT_TRUE(idle->IsEnded());
  EXPECT_TRUE(half->IsEnded());
  EXPECT_EQ(HttpClient::Connect(address), nullptr);

  HttpServerOptions options = Tls();
  options.address = address;
  Start(options);
  EXPECT_NE(ConnectTls(), nullptr);
}

TEST_F(HttpServerTest, AServerThatNeverServedShutsDown) {
  auto server = HttpServer::Create(Plain());
  ASSERT_TRUE(server.ok());
  server_ = *std::move(server);
  const auto client = Connect();
  server_->Shutdown();
  EXPECT_TRUE(client->IsEnded());
}

}  // namespace
}  // namespace signet::http
