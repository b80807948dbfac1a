#include "clients/cli/private_file.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "base/error.h"
#include "clients/cli/content.h"
#include "clients/cli/failure.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::cli {
namespace {

using testing::HasSubstr;

class PrivateFileTest : public testing::Test {
 protected:
  PrivateFileTest() { std::filesystem::create_directories(folder_); }
  ~PrivateFileTest() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& content, mode_t mode) {
    std::ofstream(path_, std::ios::binary) << content;
    chmod(path_.c_str(), mode);
    return path_;
  }
  mode_t Mode() const {
    struct stat status = {};
    return stat(path_.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
  }
  size_t Files() const {
    size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder_)) ++count;
    return count;
  }

  const std::string folder_ = testing::TempDir() + "/private";
  const std::string path_ = folder_ + "/file";
};

TEST_F(PrivateFileTest, ReadsWhatOnlyTheOwnerMayAccess) {
  for (const mode_t mode : {0600, 0400, 0700}) EXPECT_EQ(ReadPrivateFile(Write("s\n", mode))->Expose(), "s\n") << mode;
}

TEST_F(PrivateFileTest, RefusesWhatOthersMayAccess) {
  for (const mode_t mode : {0640, 0604, 0620, 0602, 0644}) {
    const absl::Status status = ReadPrivateFile(Write("s3cret", mode)).status();
    EXPECT_EQ(GetReason(status), kUsageReason) << mode;
    EXPECT_THAT(DescribeFailure(status, Format::kText), HasSubstr("Hint: chmod 600 " + path_));
    EXPECT_THAT(status.ToString(), testing::Not(HasSubstr("s3cret")));
  }
}

TEST_F(PrivateFileTest, RefusesWhatIsMissingNoFileOrTooLarge) {
  EXPECT_EQ(GetReason(ReadPrivateFile(path_).status()), kUsageReason);
  chmod(folder_.c_str(), 0700);
  EXPECT_EQ(GetReason(ReadPrivateFile(folder_).status()), kUsageReason);
  EXPECT_TRUE(ReadPrivateFile(Write(std::string(64 * 1024, 'a'), 0600)).ok());
  EXPECT_EQ(GetReason(ReadPrivateFile(Write(std::string(64 * 1024 + 1, 'a'), 0600)).status()), kUsageReason);
}

TEST_F(PrivateFileTest, ReplacesAFileByOneThatOnlyTheOwnerMayAccess) {
  Write("old", 0644);
  const std::unique_ptr<PrivateFile> file = *PrivateFile::Create(path_);
  EXPECT_EQ(*ReadFile(path_), "old");
  ASSERT_TRUE(file->Commit("new").ok());
  EXPECT_EQ(*ReadFile(path_), "new");
  EXPECT_EQ(Mode(), 0600u);
  EXPECT_EQ(Files(), 1u);
}

TEST_F(PrivateFileTest, LeavesNothingBehindIfItIsNotCommitted) {
  { const std::unique_ptr<PrivateFile> file = *PrivateFile::Create(path_); }
  EXPECT_EQ(Files(), 0u);
}

TEST_F(PrivateFileTest, AFolderThatIsMissingIsAUsageError) {
  EXPECT_EQ(GetReason(PrivateFile::Create(folder_ + "/missing/file").status()), kUsageReason);
}

TEST_F(PrivateFileTest, AFileThatCannotTakeItsPlaceIsAUsageError) {
  const std::unique_ptr<PrivateFile> file = *PrivateFile::Create(path_);
  std::filesystem::create_directories(path_ + "/in/the/way");
  EXPECT_EQ(GetReason(file->Commit("new")), kUsageReason);
}

}  // namespace
}  // namespace signet::cli
