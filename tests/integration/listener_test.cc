// Where the server listens, how it says how it is, and how it ends.
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/secret.h"
#include "gmock/gmock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "gtest/gtest.h"
#include "server/rpc/grpc_server.h"
#include "server/tls/certificate_source.h"
#include "tests/integration/rpc_test.h"

namespace signet::testing {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using HealthStub = grpc::health::v1::Health::Stub;
using ::testing::HasSubstr;
using ::testing::Not;

// "SERVING", "NOT_SERVING", or the code of the error.
std::string HealthOf(const std::shared_ptr<grpc::Channel>& channel, const std::string& service) {
  HealthStub stub(channel);
  HealthCheckRequest request;
  request.set_service(service);
  const auto reply = Call(stub, &HealthStub::Check, request);
  return reply.status.ok() ? HealthCheckResponse::ServingStatus_Name(reply->status()) : reply.outcome();
}

// Folder is a new folder with a short path, as sockets need: TEST_TMPDIR is too long.
class Folder {
 public:
  Folder() {
    char pattern[] = "/tmp/signet-XXXXXX";
    path_ = mkdtemp(pattern);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return absl::StrCat(path_, "/", name); }

 private:
  std::string path_;
};

std::string ListServices(const std::shared_ptr<grpc::Channel>& channel, grpc::StatusCode expected) {
  // A ServerReflectionRequest with `list_services: ""`, which is field 7: no generated stub of reflection may be linked here.
  const RawReply reply =
      CallRaw(channel, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", std::string("\x3a\x00", 2));
  EXPECT_EQ(reply.status.error_code(), expected);
  return reply.response;
}

class ListenerTest : public ::testing::Test {
 protected:
  rpc::GrpcServerOptions OptionsFor(TestServer& server, const std::string& address) {
    rpc::GrpcServerOptions options;
    options.addresses = {address};
    options.certificate = &server.certificate();
    return options;
  }
  absl::Status CreateStatus(TestServer& server, const rpc::GrpcServerOptions& options) {
    core::Executor executor({.workers = 1});
    return rpc::GrpcServer::Create(options, server.BackendWith(executor)).status();
  }
  const Folder folder_;
};

TEST_F(ListenerTest, SeveralAddressesAreServedAndPortsAreNamed) {
  TestServer server({.addresses = {"127.0.0.1:0", absl::StrCat("unix:", folder_ / "socket"), "localhost:0"}});
  ASSERT_EQ(server.grpc_server().bound_addresses().size(), 3u);
  EXPECT_THAT(server.grpc_server().bound_addresses()[0], ::testing::MatchesRegex("127\\.0\\.0\\.1:[1-9][0-9]*"));
  EXPECT_EQ(server.grpc_server().bound_addresses()[1], absl::StrCat("unix:", folder_ / "socket"));
  EXPECT_THAT(server.grpc_server().bound_addresses()[2], ::testing::MatchesRegex("localhost:[1-9][0-9]*"));
  for (const size_t i : {0, 1, 2}) {
    TenantStub stub(server.Connect(i));
    EXPECT_EQ(Call(stub, &TenantStub::ListTenants, v1::ListTenantsRequest()).outcome(), "OK") << i;
  }
}

TEST_F(ListenerTest, AUnixSocketIsForItsOwnerAloneAndGoesWithTheServer) {
  const std::string path = folder_ / "socket";
  {
    TestServer server({.addresses = {absl::StrCat("unix:", path)}});
    struct stat file;
    ASSERT_EQ(lstat(path.c_str(), &file), 0);
    EXPECT_TRUE(S_ISSOCK(file.st_mode));
    EXPECT_EQ(file.st_mode & 0777, 0600u);
  }
  EXPECT_NE(access(path.c_str(), F_OK), 0);
}

TEST_F(ListenerTest, AUnixSocketInUseIsAnErrorAndGoesOnServing) {
  const std::string address = absl::StrCat("unix:", folder_ / "socket");
  TestServer server({.addresses = {address}});
  const absl::Status status = CreateStatus(server, OptionsFor(server, address));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr(address));
  EXPECT_EQ(HealthOf(server.Connect(), ""), "SERVING");
}

TEST_F(ListenerTest, APortInUseIsAnErrorThatNamesTheAddress) {
  TestServer server;
  const std::string address = server.grpc_server().bound_addresses()[0];
  const absl::Status status = CreateStatus(server, OptionsFor(server, address));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr(address));
  rpc::GrpcServerOptions probe = OptionsFor(server, "127.0.0.1:0");
  probe.probe_address = address;
  EXPECT_EQ(CreateStatus(server, probe).code(), absl::StatusCode::kUnavailable);
}

TEST_F(ListenerTest, TheSameAddressTwiceIsAnError) {
  TestServer server;
  const std::string address = server.grpc_server().bound_addresses()[0];
  server.grpc_server().Shutdown(absl::Now());
  rpc::GrpcServerOptions options = OptionsFor(server, address);
  options.addresses.push_back(address);
  const absl::Status status = CreateStatus(server, options);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr(address));
}

TEST_F(ListenerTest, ACertificateAndKeyThatDoNotFitOrAreNoPemAreRefused) {
  TestServer server;
  const std::string certificate = server.certificates().certificate;
  const std::string private_key = server.certificates().private_key;
  const std::string other_key = server::MakeDevCertificates(absl::Now())->private_key;
  rpc::GrpcServerOptions options = OptionsFor(server, "127.0.0.1:0");
  for (const auto& [chain, key] :
       {std::pair{certificate, other_key}, std::pair{certificate, std::string("no key")},
        std::pair{std::string("no certificate"), private_key}, std::pair{std::string(), std::string()}}) {
    tls::FixedCertificate unfit({chain, Secret(key)});
    options.certificate = &unfit;
    EXPECT_EQ(CreateStatus(server, options).code(), absl::StatusCode::kInvalidArgument);
  }
  options.certificate = nullptr;
  EXPECT_EQ(CreateStatus(server, options).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ListenerTest, APortIsNotServedWithoutTls) {
  TestServer server;
  const auto channel = grpc::CreateChannel(server.grpc_server().bound_addresses()[0], grpc::InsecureChannelCredentials());
  TenantStub stub(channel);
  EXPECT_EQ(Call(stub, &TenantStub::ListTenants, v1::ListTenantsRequest()).status.error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ListenerTest, HealthIsNotServingUntilItIsSet) {
  TestServer server;
  core::Executor executor({.workers = 1});
  const auto other =
      rpc::GrpcServer::Create(OptionsFor(server, absl::StrCat("unix:", folder_ / "socket")), server.BackendWith(executor));
  ASSERT_TRUE(other.ok());
  const auto channel = grpc::CreateChannel((*other)->bound_addresses()[0], grpc::InsecureChannelCredentials());
  for (const char* service : {"", "signet.v1.KeyService", "signet.v1.TenantService", "signet.v1.AuditService"}) {
    EXPECT_EQ(HealthOf(channel, service), "NOT_SERVING");
  }
}

TEST_F(ListenerTest, EachServiceHasItsOwnHealth) {
  TestServer server;
  const auto channel = server.Connect();
  server.health().SetHsmOk(false);
  server.grpc_server().SetHealth(server.health());
  EXPECT_EQ(HealthOf(channel, ""), "NOT_SERVING");
  EXPECT_EQ(HealthOf(channel, "signet.v1.KeyService"), "NOT_SERVING");
  EXPECT_EQ(HealthOf(channel, "signet.v1.TenantService"), "SERVING");
  EXPECT_EQ(HealthOf(channel, "signet.v1.AuditService"), "SERVING");
  server.health().SetHsmOk(true);
  server.health().SetStoreOk(false);
  server.grpc_server().SetHealth(server.health());
  EXPECT_EQ(HealthOf(channel, "signet.v1.KeyService"), "SERVING");
  EXPECT_EQ(HealthOf(channel, "signet.v1.TenantService"), "NOT_SERVING");
  EXPECT_EQ(HealthOf(channel, "signet.v1.AuditService"), "NOT_SERVING");
  server.health().SetStoreOk(true);
  server.grpc_server().SetHealth(server.health());
  EXPECT_EQ(HealthOf(channel, ""), "SERVING");
  EXPECT_EQ(HealthOf(channel, "signet.v1.Nothing"), "NOT_FOUND");
}

TEST_F(ListenerTest, WhoeverWatchesIsToldOfEachChangeAndOfTheEnd) {
  TestServer server;
  HealthStub stub(server.Connect());
  grpc::ClientContext context;
  HealthCheckRequest request;
  request.set_service("signet.v1.KeyService");
  const auto reader = stub.Watch(&context, request);
  HealthCheckResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
  server.health().SetStoreOk(false);  // No news for this service.
  server.grpc_server().SetHealth(server.health());
  server.health().SetHsmOk(false);
  server.grpc_server().SetHealth(server.health());
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  server.health().SetHsmOk(true);
  server.grpc_server().SetHealth(server.health());
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);

  // A watcher does not hold up the end: an hour would be noticed.
  server.grpc_server().Shutdown(absl::Now() + absl::Hours(1));
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ListenerTest, AWatcherOfAnUnknownServiceIsToldSoAndMayLeave) {
  TestServer server;
  HealthStub stub(server.Connect());
  grpc::ClientContext context;
  HealthCheckRequest request;
  request.set_service("nothing");
  const auto reader = stub.Watch(&context, request);
  HealthCheckResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVICE_UNKNOWN);
  context.TryCancel();
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(ListenerTest, TheProbeListenerServesHealthInPlainTextAndNothingElse) {
  TestServer server({.probe_address = "127.0.0.1:0", .reflection = true});
  const auto channel = server.ConnectToProbe();
  EXPECT_EQ(HealthOf(channel, ""), "SERVING");
  server.health().SetHsmOk(false);
  server.grpc_server().SetHealth(server.health());
  EXPECT_EQ(HealthOf(channel, "signet.v1.KeyService"), "NOT_SERVING");
  TenantStub stub(channel);
  EXPECT_EQ(Call(stub, &TenantStub::ListTenants, v1::ListTenantsRequest()).status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
  ListServices(channel, grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(ListenerTest, WithoutAProbeAddressThereIsNone) {
  TestServer server;
  EXPECT_EQ(server.grpc_server().bound_probe_address(), "");
}

TEST_F(ListenerTest, ReflectionIsServedOnlyWhereItIsSwitchedOn) {
  TestServer on({.reflection = true});
  const std::string services = ListServices(on.Connect(), grpc::StatusCode::OK);
  EXPECT_THAT(services, HasSubstr("signet.v1.KeyService"));
  EXPECT_THAT(services, HasSubstr("signet.v1.TenantService"));
  TestServer off;
  ListServices(off.Connect(), grpc::StatusCode::UNIMPLEMENTED);
}

class ShutdownTest : public RpcTest {
 protected:
  v1::SignTokenRequest TokenRequest() {
    v1::SignTokenRequest request;
    request.set_key_ring(kRing);
    return request;
  }
};

TEST_F(ShutdownTest, ACallUnderWayIsFinishedAndNewOnesAreRefused) {
  MakeEnabledKey();
  server_.hsm().gate().Close();
  std::thread call([&] { EXPECT_EQ(Call(&KeyStub::SignToken, TokenRequest()).outcome(), "OK"); });
  server_.hsm().gate().AwaitWaiting(1);
  const auto other = server_.Connect();
  ASSERT_EQ(HealthOf(other, ""), "SERVING");
  std::thread shutdown([&] { server_.grpc_server().Shutdown(absl::Now() + absl::Hours(1)); });
  while (HealthOf(server_.Connect(), "") == "SERVING") {
  }
  server_.hsm().gate().Open();
  call.join();
  shutdown.join();
  EXPECT_EQ(HealthOf(server_.Connect(), ""), "UNAVAILABLE");
}

TEST_F(ShutdownTest, ACallThatIsNotDoneByTheDeadlineIsCancelled) {
  MakeEnabledKey();
  server_.hsm().gate().Close();
  std::thread call([&] {
    const auto reply = Call(&KeyStub::SignToken, TokenRequest());
    EXPECT_THAT(reply.outcome(), ::testing::AnyOf("CANCELLED", "UNAVAILABLE"));
    // The server waits for its own thread, which is in the HSM's hands.
    server_.hsm().gate().Open();
  });
  server_.hsm().gate().AwaitWaiting(1);
  // A deadline before 1970 is no "never".
  server_.grpc_server().Shutdown(absl::InfinitePast());
  call.join();
}

TEST_F(ShutdownTest, AShutdownMayBeRepeated) {
  server_.grpc_server().Shutdown(absl::Now() + absl::Hours(1));
  server_.grpc_server().Shutdown(absl::InfiniteFuture());
  server_.health().SetDraining();
  server_.grpc_server().SetHealth(server_.health());
}

}  // namespace
}  // namespace signet::testing
