// What anybody can cost a server by grpc.health.v1, which is for everybody.
#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "gtest/gtest.h"
#include "tests/integration/rpc_test.h"

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

}  // namespace
}  // namespace signet::testing
