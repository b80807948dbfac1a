#include "clients/cpp/stream.h"

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "base/random.h"
#include "clients/cpp/client.h"
#include "clients/cpp/scripted_server.h"
#include "gtest/gtest.h"
#include "signet/v1/key_service.pb.h"

namespace signet::client {
namespace {

using Reply = v1::WatchKeysResponse;

Reply Token(const std::string& token) {
  Reply reply;
  reply.set_resume_token(token);
  return reply;
}

class StreamTest : public testing::Test {
 protected:
  std::unique_ptr<Stream<Reply>> Open(const std::string& request_id = "") {
    v1::WatchKeysRequest request;
    request.set_name("tenants/dev");
    return client_->Open(&v1::KeyService::Stub::WatchKeys, request, request_id);
  }
  // The resume token that comes next, "" at the end, or the name of the error's code.
  static std::string Next(Stream<Reply>& stream) {
    const absl::StatusOr<std::optional<Reply>> reply = stream.Next();
    if (!reply.ok()) return absl::StatusCodeToString(reply.status().code());
    return reply->has_value() ? (*reply)->resume_token() : "";
  }

  SystemRandom random_;
  ScriptedServer server_;
  std::unique_ptr<Client> client_ = *Client::Create({.grpc_address = server_.address(), .ca_certificate = ""}, random_);
};

TEST_F(StreamTest, ReturnsEveryReplyInItsOrderAndThenTheEndForEver) {
  server_.Stream<Reply>("WatchKeys", {Token("a"), Token("b")}, absl::OkStatus());
  const auto stream = Open("mine");
  EXPECT_EQ(Next(*stream), "a");
  EXPECT_EQ(Next(*stream), "b");
  EXPECT_EQ(Next(*stream), "");
  EXPECT_EQ(Next(*stream), "");
  EXPECT_EQ(server_.Received<v1::WatchKeysRequest>("WatchKeys").at(0).name(), "tenants/dev");
  EXPECT_EQ(server_.LastRequestId("WatchKeys"), "mine");
}

TEST_F(StreamTest, AnErrorComesBehindTheRepliesWithItsDetailAndStays) {
  server_.Stream<Reply>("WatchKeys", {Token("a")}, Error(absl::StatusCode::kUnavailable, reason::kShuttingDown, "m"));
  const auto stream = Open();
  EXPECT_EQ(Next(*stream), "a");
  EXPECT_EQ(GetReason(stream->Next().status()), reason::kShuttingDown);
  EXPECT_EQ(GetReason(stream->Next().status()), reason::kShuttingDown);
}

TEST_F(StreamTest, HasNoDeadlineAndARequestIdOfItsOwn) {
  server_.Stream<Reply>("WatchKeys", {}, absl::OkStatus());
  EXPECT_EQ(Next(*Open()), "");
  EXPECT_GT(server_.LastTimeout("WatchKeys"), absl::Hours(24 * 365));
  EXPECT_NE(server_.LastRequestId("WatchKeys"), "");
}

TEST_F(StreamTest, CancelEndsANextThatWaits) {
  server_.Stream<Reply>("WatchKeys", {Token("a")}, std::nullopt);
  const auto stream = Open();
  EXPECT_EQ(Next(*stream), "a");
  std::thread canceller([&] { stream->Cancel(); });
  EXPECT_EQ(Next(*stream), "CANCELLED");
  canceller.join();
  EXPECT_EQ(Next(*stream), "CANCELLED");
}

TEST_F(StreamTest, IsCancelledWhenItIsDestroyedWhateverWasRead) {
  for (int reads : {0, 1}) {
    server_.Stream<Reply>("WatchKeys", {Token("a"), Token("b")}, std::nullopt);
    const auto stream = Open();
    for (int i = 0; i < reads; ++i) EXPECT_EQ(Next(*stream), "a");
  }
}

TEST_F(StreamTest, OutlivesItsClient) {
  server_.Stream<Reply>("WatchKeys", {Token("a")}, absl::OkStatus());
  const auto stream = Open();
  client_.reset();
  EXPECT_EQ(Next(*stream), "a");
  EXPECT_EQ(Next(*stream), "");
}

TEST_F(StreamTest, AServerThatIsNotThereIsUnavailable) {
  client_ = *Client::Create({.grpc_address = "unix:/nowhere/grpc.sock", .ca_certificate = ""}, random_);
  EXPECT_EQ(Next(*Open()), "UNAVAILABLE");
}

}  // namespace
}  // namespace signet::client
