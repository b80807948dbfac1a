#include "server/main/file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::server {
namespace {

using testing::HasSubstr;

class FileTest : public testing::Test {
 protected:
  FileTest() : folder_(std::filesystem::path(testing::TempDir()) / "file_test") {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  std::string Path(const std::string& name) const { return (folder_ / name).string(); }
  static mode_t ModeOf(const std::string& path) {
    struct stat status;
    EXPECT_EQ(stat(path.c_str(), &status), 0);
    return status.st_mode & 07777;
  }
  const std::filesystem::path folder_;
};

TEST_F(FileTest, AWrittenFileHasItsContentAndModeAndNoDraftRemains) {
  ASSERT_TRUE(WriteFileAtomically(Path("a"), "first", 0644).ok());
  ASSERT_TRUE(WriteFileAtomically(Path("a"), "second", 0600).ok());
  EXPECT_EQ(ReadFile(Path("a"), 100).value(), "second");
  EXPECT_EQ(ModeOf(Path("a")), 0600);
  EXPECT_FALSE(std::filesystem::exists(Path("a.new")));
}

TEST_F(FileTest, ADraftThatACrashLeftIsNoHindrance) {
  ASSERT_TRUE(WriteFileAtomically(Path("a.new"), "a longer text, for all to read", 0644).ok());
  ASSERT_TRUE(WriteFileAtomically(Path("a"), "short", 0600).ok());
  EXPECT_EQ(ReadFile(Path("a"), 100).value(), "short");
  EXPECT_EQ(ModeOf(Path("a")), 0600);
}

TEST_F(FileTest, AFileThatCannotBeWrittenIsNamed) {
  const absl::Status status = WriteFileAtomically(Path("missing/a"), "x", 0600);
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr(Path("missing/a")));
}

TEST_F(FileTest, ReadingStopsAtTheLimit) {
  ASSERT_TRUE(WriteFileAtomically(Path("a"), std::string(10'000, 'x'), 0600).ok());
  EXPECT_EQ(ReadFile(Path("a"), 10'000)->size(), 10'000);
  EXPECT_EQ(ReadFile(Path("a"), 9'999).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReadFile("/dev/zero", 10'000).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(FileTest, AFolderOrAMissingFileCannotBeRead) {
  EXPECT_EQ(ReadFile(folder_.string(), 10).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReadFile(Path("missing"), 10).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(FileTest, FoldersAreMadeForTheOwnerAloneAndAreReused) {
  const mode_t old = umask(0);
  ASSERT_TRUE(MakeFolder(Path("x/y/z")).ok());
  umask(old);
  EXPECT_EQ(ModeOf(Path("x/y")), 0700);
  EXPECT_TRUE(MakeFolder(Path("x/y/z/")).ok());
}

TEST_F(FileTest, AFileInPlaceOfAFolderIsAnError) {
  ASSERT_TRUE(WriteFileAtomically(Path("a"), "x", 0600).ok());
  EXPECT_EQ(MakeFolder(Path("a")).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(MakeFolder(Path("a/b")).ok());
}

}  // namespace
}  // namespace signet::server
