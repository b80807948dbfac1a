#include "server/main/client_authorities.h"

#include <fstream>
#include <string>

#include "absl/time/clock.h"
#include "base/recording_logger.h"
#include "gtest/gtest.h"
#include "server/main/dev_certificates.h"

namespace signet::server {
namespace {

class ClientAuthoritiesTest : public testing::Test {
 protected:
  ClientAuthoritiesTest() : path_(testing::TempDir() + "/client-ca.pem") {}
  void Write(const std::string& text) { std::ofstream(path_) << text; }
  static std::string NewAuthority() { return MakeDevCertificates(absl::Now())->ca; }

  const std::string path_;
  core::TrustedCertificates trusted_;
  RecordingLogger log_;
};

TEST_F(ClientAuthoritiesTest, FollowsItsFile) {
  Write(NewAuthority());
  const auto authorities = ClientAuthorities::Create({path_, absl::InfiniteDuration()}, trusted_, log_);
  ASSERT_TRUE(authorities.ok()) << authorities.status();
  const auto first = trusted_.Get();
  EXPECT_EQ(first->size(), 1);
  (*authorities)->Look();
  EXPECT_EQ(trusted_.Get(), first);
  Write(NewAuthority() + NewAuthority());
  (*authorities)->Look();
  EXPECT_EQ(trusted_.Get()->size(), 2);
}

TEST_F(ClientAuthoritiesTest, AFileThatCannotBeReadLeavesThemAndIsSaidOnce) {
  Write(NewAuthority());
  const auto authorities = ClientAuthorities::Create({path_, absl::InfiniteDuration()}, trusted_, log_);
  ASSERT_TRUE(authorities.ok()) << authorities.status();
  const auto first = trusted_.Get();
  Write("not PEM");
  (*authorities)->Look();
  (*authorities)->Look();
  EXPECT_EQ(trusted_.Get(), first);
  EXPECT_EQ(log_.lines().size(), 1);
}

TEST_F(ClientAuthoritiesTest, WithoutAuthoritiesThereIsNothingToFollow) {
  Write("not PEM");
  EXPECT_EQ(ClientAuthorities::Create({path_}, trusted_, log_).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ClientAuthorities::Create({path_ + ".missing"}, trusted_, log_).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace signet::server
