// What is refused before it reaches a route: the bytes are no HTTP, or too many.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/http/http_server.h"
#include "server/http/testing/http_client.h"
#include "server/http/testing/http_server_fixture.h"

namespace signet::http {
namespace {

class HttpServerRefusalTest : public HttpServerFixture {
 protected:
  // Sends `bytes` and expects an answer of `status` and the end of the connection.
  void ExpectRefused(absl::string_view bytes, int status = 400) {
    const std::unique_ptr<HttpClient> client = Connect();
    ASSERT_NE(client, nullptr);
    client->Send(bytes);
    const std::optional<ReceivedResponse> response = client->Receive();
    ASSERT_TRUE(response.has_value()) << bytes.substr(0, 100);
    EXPECT_EQ(response->status, status) << bytes.substr(0, 100);
    EXPECT_EQ(response->fields.at("connection"), "close");
    EXPECT_EQ(response->fields.at("content-type"), "application/problem+json");
    EXPECT_TRUE(absl::StrContains(response->body, "\"REQUEST_MALFORMED\"")) << response->body;
    EXPECT_TRUE(client->IsEnded());
  }
};

TEST_F(HttpServerRefusalTest, WhatIsNotHttpIsRefused) {
  Start(Plain());
  for (const char* bytes :
       {"hello\r\n\r\n", "GET\r\n\r\n", "FOO / HTTP/1.1\r\nHost: x\r\n\r\n", "GET /livez HTTP/2.0\r\nHost: x\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost x\r\n\r\n", "GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n", "\x16\x03\x01\x02", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"}) {
    ExpectRefused(bytes);
  }
  EXPECT_TRUE(absl::StrContains(parts_.metrics.Expose(),
                                "http_server_request_duration_seconds_count{http_request_method=\"_OTHER\","
                                "http_response_status_code=\"400\",url_scheme=\"http\"} 10"))
      << parts_.metrics.Expose();
}

TEST_F(HttpServerRefusalTest, ARequestAheadOfWhatIsMalformedIsAnswered) {
  Start(Plain());
  const auto client = Connect();
  ASSERT_TRUE(client->Send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\nhello\r\n\r\n"));
  const auto response = client->Receive();
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->fields.at("connection"), "keep-alive");
  const auto refusal = client->Receive();
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->status, 400);
  EXPECT_EQ(refusal->fields.at("connection"), "close");
  EXPECT_TRUE(client->IsEndedInOrder());
}

// Each request arrives whole with the one before it, so that it is read while the answer to that is written.
TEST_F(HttpServerRefusalTest, PipelinedRequestsThatAreRefusedAreAnsweredInTheirTurn) {
  const std::string first = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::string body(1'000'000, 'a');
  const std::string post = "POST /t/acme/oauth/token HTTP/1.1\r\nHost: x\r\n";
  const std::pair<std::string, int> refused[] = {
      {absl::StrCat(post, "Content-Length: ", body.size(), "\r\n\r\n", body), 413},
      {absl::StrCat(post, "Transfer-Encoding: chunked\r\n\r\n", absl::Hex(body.size()), "\r\n", body, "\r\n0\r\n\r\n"), 413},
      {absl::StrCat("hello\r\n\r\n", body), 400},
      {absl::StrCat("GET /", body, " HTTP/1.1\r\n\r\n"), 400},
      {absl::StrCat("GET /livez HTTP/1.1\r\nHost x\r\n\r\n", first), 400},
  };
  for (const bool with_tls : {false, true}) {
    Start(with_tls ? Tls() : Plain());
    for (const auto& [request, status] : refused) {
      const auto client = with_tls ? ConnectTls() : Connect();
      ASSERT_NE(client, nullptr);
      ASSERT_TRUE(client->Send(absl::StrCat(first, first, request)));
      for (const int expected : {200, 200, status}) {
        const auto response = client->Receive();
        ASSERT_TRUE(response.has_value()) << expected << " to " << request.substr(0, 100);
        EXPECT_EQ(response->status, expected) << request.substr(0, 100);
        EXPECT_EQ(absl::StrContains(response->body, "invalid_request"), expected == 413) << response->body;
      }
      EXPECT_TRUE(client->IsEndedInOrder()) << request.substr(0, 100);
    }
  }
}

TEST_F(HttpServerRefusalTest, WhatIsTooLargeIsRefusedAndTheAnswerArrivesThoughMoreIsSent) {
  Start(Plain());
  const std::string large(200'000, 'a');
  ExpectRefused(absl::StrCat("GET /", large, " HTTP/1.1\r\nHost: x\r\n\r\n"));
  ExpectRefused(absl::StrCat("GET / HTTP/1.1\r\nHost: x\r\nX-Large: ", large, "\r\n\r\n"));
  ExpectRefused(absl::StrCat("GET / HTTP/1.1\r\nHost: x\r\n", large, ": x\r\n\r\n"));
  ExpectRefused(absl::StrCat("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n", large), 413);
  ExpectRefused(absl::StrCat("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n30d40\r\n", large), 413);
  std::string many_fields = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 65; ++i) absl::StrAppend(&many_fields, "X-", i, ": x\r\n");
  ExpectRefused(absl::StrCat(many_fields, "\r\n"));
}

TEST_F(HttpServerRefusalTest, TheRefusalOfALargeBodyIsOfItsRequestAlone) {
  Start(Plain());
  const auto client = Connect();
  ASSERT_TRUE(client->Send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\nPOST / HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n"));
  EXPECT_EQ(client->Receive()->status, 200);
  EXPECT_EQ(client->Receive()->status, 413);
  EXPECT_TRUE(client->IsEndedInOrder());
  ExpectRefused("hello\r\n\r\n");
}

TEST_F(HttpServerRefusalTest, WhatIsMalformedIsRefusedOverTlsToo) {
  Start(Tls());
  const auto client = ConnectTls();
  ASSERT_NE(client, nullptr);
  ASSERT_TRUE(client->Send("hello\r\n\r\n"));
  const auto response = client->Receive();
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 400);
}

}  // namespace
}  // namespace signet::http
