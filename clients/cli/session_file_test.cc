#include "clients/cli/session_file.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/time/time.h"
#include "base/error.h"
#include "clients/cli/failure.h"
#include "gtest/gtest.h"

namespace signet::cli {
namespace {

mode_t ModeOf(const std::string& path) {
  struct stat status = {};
  return stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

class SessionFileTest : public testing::Test {
 protected:
  ~SessionFileTest() override { std::filesystem::remove_all(folder_); }

  const std::string folder_ = testing::TempDir() + "/home/.config/signet";
  const std::string path_ = folder_ + "/signet.session.json";
};

TEST_F(SessionFileTest, IsBesideTheConfiguration) {
  EXPECT_EQ(SessionFilePath("/a/signet.json"), "/a/signet.session.json");
  EXPECT_EQ(SessionFilePath("/a/prod.json"), "/a/prod.session.json");
  EXPECT_EQ(SessionFilePath("signet"), "signet.session.json");
}

TEST_F(SessionFileTest, KeepsEverythingForItsOwnerAlone) {
  const StoredSession stored = {.grpc_address = "h:1",
                                .https_url = "https://h:2",
                                .ca_certificate = "/ca.pem",
                                .credential = ClientCredential{"c", Secret("s"), "https://h:2/oauth/token"},
                                .token = client::AccessToken{Secret("t"), absl::FromUnixSeconds(1700000000)},
                                .target = Target{"directory", "d1"}};
  ASSERT_TRUE(WriteSessionFile(path_, stored).ok());
  EXPECT_EQ(ModeOf(path_), 0600u);
  EXPECT_EQ(ModeOf(folder_), 0700u);
  const absl::StatusOr<StoredSession> read = ReadSessionFile(path_);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->grpc_address, "h:1");
  EXPECT_EQ(read->https_url, "https://h:2");
  EXPECT_EQ(read->ca_certificate, "/ca.pem");
  EXPECT_EQ(read->credential->client_id, "c");
  EXPECT_EQ(read->credential->client_secret.Expose(), "s");
  EXPECT_EQ(read->credential->token_url, "https://h:2/oauth/token");
  EXPECT_EQ(read->token->token.Expose(), "t");
  EXPECT_EQ(read->token->expire_time, absl::FromUnixSeconds(1700000000));
  EXPECT_EQ(read->target->scope, "directory");
  EXPECT_EQ(read->target->id, "d1");
}

TEST_F(SessionFileTest, WhatIsMissingIsEmpty) {
  const absl::StatusOr<StoredSession> none = ReadSessionFile(path_);
  ASSERT_TRUE(none.ok());
  EXPECT_FALSE(none->credential || none->token || none->target);
  ASSERT_TRUE(WriteSessionFile(path_, {}).ok());
  EXPECT_FALSE(ReadSessionFile(path_)->credential.has_value());
  EXPECT_TRUE(RemoveSessionFile(path_).ok());
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_TRUE(RemoveSessionFile(path_).ok());
}

TEST_F(SessionFileTest, OneThatOthersMayReadOrThatIsBrokenIsRefused) {
  ASSERT_TRUE(WriteSessionFile(path_, {}).ok());
  chmod(path_.c_str(), 0644);
  EXPECT_EQ(GetReason(ReadSessionFile(path_).status()), kUsageReason);
  std::ofstream(path_) << "{";
  chmod(path_.c_str(), 0600);
  EXPECT_EQ(GetReason(ReadSessionFile(path_).status()), kUsageReason);
}

TEST_F(SessionFileTest, WhatCannotBeWrittenOrRemovedIsAUsageError) {
  EXPECT_EQ(GetReason(WriteSessionFile("/proc/nowhere/s.json", {})), kUsageReason);
  std::filesystem::create_directories(folder_);
  EXPECT_EQ(GetReason(RemoveSessionFile(folder_)), kUsageReason);
}

}  // namespace
}  // namespace signet::cli
