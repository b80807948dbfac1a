// What anybody can cost a server, by grpc.health.v1, which is for everybody, and by calls that never arrive.
#include <grpcpp/grpcpp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/unique_fd.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "gtest/gtest.h"
#include "server/rpc/grpc_limits.h"
#include "tests/integration/rpc_test.h"
#include "tests/testing/loopback.h"

namespace signet::testing {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using HealthStub = grpc::health::v1::Health::Stub;

HealthCheckRequest RequestFor(const std::string& service) {
  HealthCheckRequest request;
  request.set_service(service);
  return request;
}

// A call of Watch, which ends with this object.
class Watch {
 public:
  explicit Watch(const std::shared_ptr<grpc::Channel>& channel, const std::string& service = "")
      : stub_(channel), reader_(stub_.Watch(&context_, RequestFor(service))) {}
  ~Watch() {
    context_.TryCancel();
    Outcome();
  }

  // "SERVING" and the like, or how the call ended.
  std::string Next() {
    HealthCheckResponse response;
    return reader_->Read(&response) ? HealthCheckResponse::ServingStatus_Name(response.status()) : Outcome();
  }

 private:
  std::string Outcome() {
    if (outcome_.empty()) outcome_ = OutcomeOf(reader_->Finish());
    return outcome_;
  }

  HealthStub stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<HealthCheckResponse>> reader_;
  std::string outcome_;
};

class HealthLimitsTest : public RpcTest {
 protected:
  HealthLimitsTest() : RpcTest({.probe_address = "127.0.0.1:0", .max_health_watches = 2}) {}

  std::string CheckOf(const std::string& service) {
    HealthStub stub(channel_);
    const auto reply = testing::Call(stub, &HealthStub::Check, RequestFor(service));
    return reply.status.ok() ? HealthCheckResponse::ServingStatus_Name(reply->status()) : reply.outcome();
  }
};

TEST_F(HealthLimitsTest, ANameThatIsTooLongIsRefused) {
  EXPECT_EQ(CheckOf(std::string(256, 'a')), "NOT_FOUND");
  EXPECT_EQ(CheckOf(std::string(257, 'a')), "INVALID_ARGUMENT");
  EXPECT_EQ(Watch(channel_, std::string(256, 'a')).Next(), "SERVICE_UNKNOWN");
  EXPECT_EQ(Watch(channel_, std::string(257, 'a')).Next(), "INVALID_ARGUMENT");
  EXPECT_EQ(Watch(channel_, std::string(262'000, 'a')).Next(), "INVALID_ARGUMENT");
  EXPECT_EQ(CheckOf(""), "SERVING");
}

TEST_F(HealthLimitsTest, OneWatchTooManyIsRefusedUntilAnotherHasEndedAndAllElseIsAnswered) {
  auto first = std::make_unique<Watch>(channel_);
  Watch unknown(channel_, "nothing");
  ASSERT_EQ(first->Next(), "SERVING");
  ASSERT_EQ(unknown.Next(), "SERVICE_UNKNOWN");
  EXPECT_EQ(Watch(channel_).Next(), "RESOURCE_EXHAUSTED");
  EXPECT_EQ(Watch(server_.Connect()).Next(), "RESOURCE_EXHAUSTED");
  EXPECT_EQ(Watch(server_.ConnectToProbe()).Next(), "SERVING") << "probes have places of their own";
  EXPECT_EQ(CheckOf(""), "SERVING");
  MakeEnabledKey();
  EXPECT_EQ(Verify(MakeToken()).outcome(), "OK");

  first.reset();
  // The server learns a little later that it was cancelled.
  std::string next;
  do {
    next = Watch(channel_).Next();
  } while (next == "RESOURCE_EXHAUSTED");
  EXPECT_EQ(next, "SERVING");
}

TEST_F(HealthLimitsTest, AWatchOfAnUnknownServiceEndsWithTheServer) {
  Watch watch(channel_, "nothing");
  ASSERT_EQ(watch.Next(), "SERVICE_UNKNOWN");
  server_.grpc_server().Shutdown(absl::Now() + absl::Hours(1));
  EXPECT_EQ(watch.Next(), "UNAVAILABLE");
}

// A frame of HTTP/2 (RFC 9113 section 4.1).
std::string Frame(char type, char flags, char stream, const std::string& payload) {
  const size_t size = payload.size();
  const std::string header = {
      static_cast<char>(size >> 16), static_cast<char>(size >> 8), static_cast<char>(size), type, flags, 0, 0, 0, stream};
  return header + payload;
}

// A header field as a literal without indexing (RFC 7541 section 6.2.2).
std::string Field(const std::string& name, const std::string& value) {
  const auto text = [](const std::string& bytes) { return std::string(1, static_cast<char>(bytes.size())) + bytes; };
  return std::string(1, '\0') + text(name) + text(value);
}

// The beginning of a call of Check: as much of a message of 200,000 bytes as a client may send unasked.
std::string UnfinishedCall() {
  constexpr size_t kSentBytes = 60'000;
  constexpr size_t kFrameBytes = 15'000;
  std::string call = absl::StrCat("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Frame(4, 0, 0, ""));
  call += Frame(1, 4, 1,
                absl::StrCat(Field(":method", "POST"), Field(":scheme", "http"), Field(":path", "/grpc.health.v1.Health/Check"),
                             Field(":authority", "probe"), Field("te", "trailers"), Field("content-type", "application/grpc")));
  const std::string message = std::string({0, 0, 3, 13, 64}) + std::string(kSentBytes - 5, 'a');
  for (size_t sent = 0; sent < kSentBytes; sent += kFrameBytes) call += Frame(0, 0, 1, message.substr(sent, kFrameBytes));
  return call;
}

TEST(GrpcMemoryTest, UnfinishedMessagesTakeNoMoreMemoryThanTheirLimitAndThenCallsAreAnswered) {
  rpc::GrpcLimits limits;
  limits.max_memory = 4 * 1024 * 1024;
  TestServer server({.probe_address = "127.0.0.1:0", .limits = limits});
  std::vector<UniqueFd> connections;
  std::vector<pollfd> polled;
  const std::string call = UnfinishedCall();
  // Nearly as many as probes may have; all together more than the limit.
  for (int i = 0; i < 60; ++i) {
    connections.push_back(ConnectTo(server.grpc_server().bound_probe_address()));
    polled.push_back({connections.back().get(), POLLIN, 0});
    send(connections.back().get(), call.data(), call.size(), MSG_NOSIGNAL);
  }
  // Until the server closes one.
  for (bool closed = false; !closed;) {
    ASSERT_GT(poll(polled.data(), polled.size(), -1), 0);
    for (const pollfd& connection : polled) {
      char buffer[4096];
      if (connection.revents != 0) closed |= read(connection.fd, buffer, sizeof(buffer)) <= 0;
    }
  }
  TenantStub stub(server.Connect());
  EXPECT_EQ(testing::Call(stub, &TenantStub::ListTenants, v1::ListTenantsRequest()).outcome(), "OK");
  connections.clear();
  while (!CallRaw(server.ConnectToProbe(), "/grpc.health.v1.Health/Check", "").status.ok()) std::this_thread::yield();
}

}  // namespace
}  // namespace signet::testing
