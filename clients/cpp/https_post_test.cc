#include "clients/cpp/https_post.h"

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/cpp/scripted_https_server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/test_certificate.h"

namespace signet::client {
namespace {

using testing::HasSubstr;
using testing::Not;

class PostFormTest : public testing::Test {
 protected:
  absl::StatusOr<HttpsReply> Post(const HttpsRequest& request) {
    return PostForm(request, {.ca_certificate = server_.ca_certificate()});
  }
  absl::StatusOr<HttpsReply> Post() { return Post({.url = server_.url() + "/x"}); }

  ScriptedHttpsServer server_;
};

TEST_F(PostFormTest, SendsTheFormAndReturnsTheAnswer) {
  server_.Reply(400, "{}", "Retry-After: 7\r\n");
  const absl::StatusOr<HttpsReply> reply = Post(
      {.url = server_.url() + "/x", .authorization = Secret("Basic abc"), .form = {{"a", Secret("1 &=+%")}, {"b", Secret("")}}});
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->status, 400);
  EXPECT_EQ(reply->body, "{}");
  EXPECT_EQ(reply->retry_after, absl::Seconds(7));
  const auto requests = server_.requests();
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(requests[0].line, "POST /x HTTP/1.1");
  EXPECT_EQ(requests[0].headers.at("authorization"), "Basic abc");
  EXPECT_EQ(requests[0].headers.at("content-type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(requests[0].body, "a=1%20%26%3D%2B%25&b=");
  EXPECT_FALSE(requests[0].has_client_certificate);
}

TEST_F(PostFormTest, ShowsTheClientsCertificate) {
  server_.Reply(200, "{}");
  const TestCertificate client = MakeTestCertificate();
  const absl::StatusOr<HttpsReply> reply = PostForm({.url = server_.url()}, {.ca_certificate = server_.ca_certificate(),
                                                                             .client_certificate = client.certificate_pem,
                                                                             .client_key = Secret(client.private_key_pem)});
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_TRUE(server_.requests().at(0).has_client_certificate);
}

TEST_F(PostFormTest, ACertificateThatIsNoneIsRefused) {
  const absl::Status status =
      PostForm({.url = server_.url()},
               {.ca_certificate = server_.ca_certificate(), .client_certificate = "none", .client_key = Secret("hidden")})
          .status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("hidden")));
}

TEST_F(PostFormTest, AServerWithAnotherCertificateIsNotTrusted) {
  for (const std::string& ca : {MakeTestCertificate().certificate_pem, std::string()}) {
    EXPECT_EQ(PostForm({.url = server_.url()}, {.ca_certificate = ca}).status().code(), absl::StatusCode::kUnavailable);
  }
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(PostFormTest, FollowsNoRedirect) {
  server_.Reply(302, "", "Location: " + server_.url() + "/y\r\n");
  EXPECT_EQ(Post()->status, 302);
  EXPECT_EQ(server_.requests().size(), 1u);
}

TEST_F(PostFormTest, AnAnswerIsNotLargerThan64KiB) {
  server_.Reply(200, std::string(64 * 1024, 'a'));
  EXPECT_EQ(Post()->body.size(), 64u * 1024);
  server_.Reply(200, std::string(64 * 1024 + 1, 'a'));
  EXPECT_EQ(Post().status().code(), absl::StatusCode::kUnavailable);
}

TEST(PostForm, OnlyHttpsIsSpoken) {
  for (const char* url : {"http://127.0.0.1:1/", "ftp://127.0.0.1/", "127.0.0.1", "", "https://", "https://[/"}) {
    EXPECT_EQ(PostForm({.url = url}, {}).status().code(), absl::StatusCode::kInvalidArgument) << url;
  }
}

TEST(PostForm, AServerThatIsNotThereIsUnavailable) {
  std::string url;
  {
    const ScriptedHttpsServer server;
    url = server.url();
  }
  EXPECT_EQ(PostForm({.url = url}, {}).status().code(), absl::StatusCode::kUnavailable);
}

TEST(FormEncoded, LeavesOnlyUnreservedCharacters) {
  EXPECT_EQ(FormEncoded("azAZ09-._~"), "azAZ09-._~");
  EXPECT_EQ(FormEncoded(std::string("\0 +:/\xC3\xBC", 7)), "%00%20%2B%3A%2F%C3%BC");
}

}  // namespace
}  // namespace signet::client
