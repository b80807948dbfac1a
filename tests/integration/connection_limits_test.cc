// What one client can cost a server, over the wire.
#include <stdlib.h>
#include <unistd.h>

#include <string>

#include "base/unique_fd.h"
#include "gmock/gmock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "gtest/gtest.h"
#include "server/rpc/grpc_limits.h"
#include "tests/integration/rpc_test.h"
#include "tests/testing/loopback.h"

namespace signet::testing {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

grpc::Status CallOn(const std::shared_ptr<grpc::Channel>& channel) {
  TenantStub stub(channel);
  return Call(stub, &TenantStub::ListTenants, v1::ListTenantsRequest()).status;
}

TEST(ConnectionLimitsTest, ARequestThatIsTooLargeIsRefusedAndTheNextIsServed) {
  rpc::GrpcLimits limits;
  limits.max_request_size = 1000;
  const TestServer server({.limits = limits});
  const auto channel = server.Connect();
  const RawReply reply = CallRaw(channel, "/signet.v1.TenantService/ListTenants", std::string(1001, 'a'));
  EXPECT_EQ(reply.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(CallOn(channel).ok());
}

TEST(ConnectionLimitsTest, AClientThatNeverBeginsTlsIsCutOff) {
  rpc::GrpcLimits limits;
  limits.handshake_timeout = absl::Milliseconds(100);
  TestServer server({.limits = limits});
  const UniqueFd idle = ConnectTo(server.grpc_server().bound_addresses()[0]);
  char byte;
  EXPECT_LE(read(idle.get(), &byte, 1), 0);
}

TEST(ConnectionLimitsTest, OfTooManyConnectionsTheLastAreClosedAndProbesAreAnswered) {
  rpc::GrpcLimits limits;
  limits.max_connections = 1;
  TestServer server({.probe_address = "127.0.0.1:0", .limits = limits});
  const auto first = server.Connect();
  ASSERT_TRUE(CallOn(first).ok());
  EXPECT_EQ(CallOn(server.Connect()).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_GE(server.grpc_server().refused_connections(), 1);
  EXPECT_TRUE(CallOn(first).ok());
  EXPECT_EQ(CallRaw(server.ConnectToProbe(), "/grpc.health.v1.Health/Check", "").status.error_code(), grpc::StatusCode::OK);
}

TEST(ConnectionLimitsTest, AnOldConnectionIsReplacedWithoutAFailedCall) {
  rpc::GrpcLimits limits;
  limits.max_connection_age = absl::Milliseconds(100);
  TestServer server({.limits = limits});
  const auto channel = server.Connect();
  while (server.grpc_server().accepted_connections() < 4) {
    const grpc::Status status = CallOn(channel);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }
}

TEST(ConnectionLimitsTest, AClientThatPingsTooOftenIsToldToCalmDown) {
  rpc::GrpcLimits limits;
  limits.min_client_ping_interval = absl::Hours(1);
  limits.max_ping_strikes = 1;
  TestServer server({.limits = limits});
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 10);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  const auto channel = server.Connect(0, arguments);
  // A watch, as there is something to fail then.
  grpc::health::v1::Health::Stub stub(channel);
  grpc::ClientContext context;
  const auto reader = stub.Watch(&context, grpc::health::v1::HealthCheckRequest());
  grpc::health::v1::HealthCheckResponse response;
  while (reader->Read(&response)) {
  }
  const grpc::Status status = reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(),
              AnyOf(HasSubstr("Too many pings"), HasSubstr("too_many_pings"), HasSubstr("ENHANCE_YOUR_CALM")));
}

class PeerTest : public RpcTest {};

TEST_F(PeerTest, TheLogNamesAddressAndPortOfTheClient) {
  EXPECT_THAT(server_.log().Await("method", "signet.v1.TenantService/CreateTenant").Text("peer"),
              MatchesRegex("ipv4:127\\.0\\.0\\.1:[1-9][0-9]*"));
}

TEST(UnixPeerTest, TheLogSaysThatACallCameThroughAUnixSocket) {
  char pattern[] = "/tmp/signet-XXXXXX";
  const std::string folder = mkdtemp(pattern);
  {
    TestServer server({.addresses = {"unix:" + folder + "/socket"}});
    ASSERT_TRUE(CallOn(server.Connect()).ok());
    EXPECT_THAT(server.log().Await("method", "signet.v1.TenantService/ListTenants").Text("peer"), MatchesRegex("unix:.*"));
  }
  EXPECT_EQ(rmdir(folder.c_str()), 0);
}

}  // namespace
}  // namespace signet::testing
