#include "clients/cli/client_credential.h"

#include <memory>
#include <string>

#include "base/error.h"
#include "clients/cli/failure.h"
#include "clients/cli/private_file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::cli {
namespace {

std::string Write(absl::string_view content) {
  std::string path = testing::TempDir() + "/credential.json";
  const std::unique_ptr<PrivateFile> file = *PrivateFile::Create(path);
  EXPECT_TRUE(file->Commit(content).ok());
  return path;
}

TEST(CredentialFile, ReadsWhatItWrites) {
  const Secret text = RenderCredentialFile({"c", Secret("s\"1"), "https://h/oauth/token"});
  const absl::StatusOr<ClientCredential> credential = ReadCredentialFile(Write(text.Expose()));
  ASSERT_TRUE(credential.ok()) << credential.status();
  EXPECT_EQ(credential->client_id, "c");
  EXPECT_EQ(credential->client_secret.Expose(), "s\"1");
  EXPECT_EQ(credential->token_url, "https://h/oauth/token");
}

TEST(CredentialFile, IgnoresOtherMembers) {
  EXPECT_TRUE(ReadCredentialFile(Write(R"({"client_id":"c","client_secret":"s","token_url":"https://h","more":[]})")).ok());
}

TEST(CredentialFile, EachMistakeIsAUsageErrorWithoutTheSecret) {
  for (const char* text : {"", "[]", "s3cret", R"({"client_id":"c","client_secret":"s3cret"})",
                           R"({"client_id":1,"client_secret":"s3cret","token_url":"https://h"})",
                           R"({"client_id":"","client_secret":"s3cret","token_url":"https://h"})",
                           R"({"client_id":"c","client_secret":"s3cret","token_url":"http://h"})",
                           R"({"client_id":"c","client_secret":"s3cret\n1","token_url":"https://h"})"}) {
    const absl::Status status = ReadCredentialFile(Write(text)).status();
    EXPECT_EQ(GetReason(status), kUsageReason) << text;
    EXPECT_THAT(status.ToString(), testing::Not(testing::HasSubstr("s3cret")));
  }
  EXPECT_EQ(GetReason(ReadCredentialFile("/nowhere/c.json").status()), kUsageReason);
}

TEST(AsClientSecret, TakesOffWhatStandsAround) {
  EXPECT_EQ(AsClientSecret(Secret(" s 1\r\n"), "n")->Expose(), "s 1");
  for (const char* text : {"", " \n", "a\nb", "a\x01", "\xC3\xBC"}) {
    EXPECT_EQ(GetReason(AsClientSecret(Secret(text), "n").status()), kUsageReason);
  }
}

}  // namespace
}  // namespace signet::cli
