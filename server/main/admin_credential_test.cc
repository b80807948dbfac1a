#include "server/main/admin_credential.h"

#include <sys/stat.h>

#include <fstream>

#include "gtest/gtest.h"

namespace signet::server {
namespace {

std::string Path() { return testing::TempDir() + "/admin.json"; }

TEST(AdminCredentialTest, IsReadAsItWasWrittenAndIsItsOwnersAlone) {
  ASSERT_TRUE(WriteAdminCredential(Path(), {"id", Secret("s\"ecret"), "https://localhost:1/t/system/oauth/token"}).ok());
  struct stat status;
  ASSERT_EQ(stat(Path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600);
  const auto credential = ReadAdminCredential(Path());
  ASSERT_TRUE(credential.ok()) << credential.status();
  EXPECT_EQ(credential->client_id, "id");
  EXPECT_EQ(credential->client_secret.Expose(), "s\"ecret");
  EXPECT_EQ(credential->token_url, "https://localhost:1/t/system/oauth/token");
}

TEST(AdminCredentialTest, OtherFilesAreRefusedWithoutRepeatingThem) {
  for (const char* text : {"", "[]", "{}", "{\"client_id\":\"i\",\"client_secret\":7,\"token_url\":\"u\"}", "s3cret"}) {
    std::ofstream(Path()) << text;
    const absl::Status status = ReadAdminCredential(Path()).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_EQ(std::string(status.message()).find("s3cret"), std::string::npos);
  }
  EXPECT_EQ(ReadAdminCredential(Path() + ".missing").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace signet::server
