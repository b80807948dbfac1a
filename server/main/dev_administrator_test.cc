#include "server/main/dev_administrator.h"

#include <filesystem>
#include <string>

#include "base/fake_clock.h"
#include "gtest/gtest.h"
#include "keystore/memory_key_store.h"
#include "server/main/admin_credential.h"

namespace signet::server {
namespace {

class DevAdministratorTest : public testing::Test {
 protected:
  DevAdministratorTest() : path_(testing::TempDir() + "/dev-admin.json") { std::filesystem::remove(path_); }
  AdminCredential Ensure(const std::string& public_url) {
    EXPECT_TRUE(EnsureDevAdministrator(*store_, clock_, random_, public_url, path_).ok());
    auto credential = ReadAdminCredential(path_);
    EXPECT_TRUE(credential.ok()) << credential.status();
    return *std::move(credential);
  }

  const std::string path_;
  const std::unique_ptr<keystore::KeyStore> store_ = keystore::CreateMemoryKeyStore();
  FakeClock clock_;
  SystemRandom random_;
};

TEST_F(DevAdministratorTest, StaysTheSameWhileTheTokenUrlFollowsTheServer) {
  const AdminCredential first = Ensure("https://localhost:1");
  EXPECT_EQ(first.token_url, "https://localhost:1/t/system/oauth/token");
  const AdminCredential second = Ensure("https://localhost:2");
  EXPECT_EQ(second.client_id, first.client_id);
  EXPECT_EQ(second.client_secret.Expose(), first.client_secret.Expose());
  EXPECT_EQ(second.token_url, "https://localhost:2/t/system/oauth/token");
}

TEST_F(DevAdministratorTest, ALostFileIsMadeUpForByANewCredential) {
  const AdminCredential first = Ensure("https://localhost:1");
  std::filesystem::remove(path_);
  EXPECT_NE(Ensure("https://localhost:1").client_secret.Expose(), first.client_secret.Expose());
}

TEST_F(DevAdministratorTest, ACredentialThatIsNotTheFilesIsReplaced) {
  ASSERT_TRUE(WriteAdminCredential(path_, {"of another store", Secret("secret"), "https://localhost:1/"}).ok());
  EXPECT_NE(Ensure("https://localhost:1").client_id, "of another store");
}

TEST_F(DevAdministratorTest, ASecretThatNoLongerCountsIsReplaced) {
  AdminCredential stale = Ensure("https://localhost:1");
  stale.client_secret = Secret("of another day");
  ASSERT_TRUE(WriteAdminCredential(path_, stale).ok());
  const AdminCredential fresh = Ensure("https://localhost:1");
  EXPECT_NE(fresh.client_secret.Expose(), "of another day");
  EXPECT_EQ(Ensure("https://localhost:1").client_secret.Expose(), fresh.client_secret.Expose());
}

}  // namespace
}  // namespace signet::server
