// What is left of a server that has run out of file descriptors: all of it.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/unique_fd.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/dev_server.h"

namespace signet::testing {
namespace {

std::string* signetd_path;

UniqueFd ConnectTo(const std::string& address) {
  const std::vector<std::string> host_and_port = absl::StrSplit(address, ':');
  int port = 0;
  EXPECT_TRUE(absl::SimpleAtoi(host_and_port.back(), &port)) << address;
  sockaddr_in name = {};
  name.sin_family = AF_INET;
  name.sin_port = htons(static_cast<uint16_t>(port));
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  UniqueFd fd(socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_EQ(connect(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)), 0);
  return fd;
}

TEST(DescriptorExhaustionTest, AServerAnswersNewConnectionsOnceDescriptorsAreFreeAgain) {
  TestFolder folder;
  DevServer dev(*signetd_path, folder);
  ASSERT_TRUE(dev.Start()) << dev.log();
  // Before, as the token endpoint needs descriptors too.
  const std::string token = dev.AccessToken();
  ASSERT_NE(token, "");
  rlimit limit;
  ASSERT_EQ(prlimit(dev.process().pid(), RLIMIT_NOFILE, nullptr, &limit), 0);
  limit.rlim_cur = 64;
  ASSERT_EQ(prlimit(dev.process().pid(), RLIMIT_NOFILE, &limit, nullptr), 0);
  {
    std::vector<UniqueFd> connections;
    for (int i = 0; i < 200; ++i) connections.push_back(ConnectTo(dev.announcement().value("grpc_address", "")));
    // Whoever has none waits, and is told in the log.
    const absl::Time patience = absl::Now() + absl::Seconds(60);
    while (!absl::StrContains(dev.log(), "grpc listener cannot accept")) ASSERT_LT(absl::Now(), patience);
  }
  const auto client = dev.Connect();
  const auto tenants = client->Call(&v1::TenantService::Stub::ListTenants, v1::ListTenantsRequest());
  EXPECT_TRUE(tenants.ok()) << tenants.status();
  EXPECT_EQ(dev.Stop(), 0);
}

}  // namespace
}  // namespace signet::testing

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  signet::testing::signetd_path = new std::string(argv[1]);
  return RUN_ALL_TESTS();
}
