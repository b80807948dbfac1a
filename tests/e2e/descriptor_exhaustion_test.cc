// What is left of a server that has run out of file descriptors: all of it.
#include <sys/resource.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "base/unique_fd.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/dev_server.h"
#include "tests/testing/await.h"
#include "tests/testing/loopback.h"

namespace signet::testing {
namespace {

std::string* signetd_path;

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
    ASSERT_TRUE(Await([&] { return absl::StrContains(dev.log(), "grpc listener cannot accept"); })) << dev.log();
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
