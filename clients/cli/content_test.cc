#include "clients/cli/content.h"

#include <fstream>
#include <sstream>
#include <string>

#include "base/error.h"
#include "clients/cli/failure.h"
#include "gtest/gtest.h"

namespace signet::cli {
namespace {

std::string NewFile(const std::string& content) {
  std::string path = testing::TempDir() + "/content";
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

TEST(ReadContent, AValueStandsForItself) {
  std::istringstream in("stdin");
  EXPECT_EQ(*ReadContent("{}", in), "{}");
  EXPECT_EQ(*ReadContent("", in), "");
}

TEST(ReadContent, ADashStandsForStandardInput) {
  std::istringstream in("line 1\nline 2\n");
  EXPECT_EQ(*ReadContent("-", in), "line 1\nline 2\n");
}

TEST(ReadContent, AnAtSignStandsForAFile) {
  std::istringstream in;
  EXPECT_EQ(*ReadContent("@" + NewFile(std::string("a\0b\n", 4)), in), std::string("a\0b\n", 4));
}

TEST(ReadContent, AFileThatCannotBeReadIsAUsageErrorThatNamesIt) {
  std::istringstream in;
  for (const std::string& path : {std::string("/nowhere/file"), testing::TempDir()}) {
    const absl::Status status = ReadContent("@" + path, in).status();
    EXPECT_EQ(GetReason(status), kUsageReason);
    EXPECT_EQ(std::string(status.message()).substr(0, path.size()), path);
  }
}

TEST(ReadContent, AnAtSignAloneIsAUsageErrorThatSaysSo) {
  std::istringstream in;
  const absl::Status status = ReadContent("@", in).status();
  EXPECT_EQ(GetReason(status), kUsageReason);
  EXPECT_EQ(status.message(), "'@' names no file");
}

TEST(ReadContent, MoreThanOneMebibyteIsRefused) {
  std::istringstream in(std::string((1 << 20) + 1, 'x'));
  EXPECT_EQ(GetReason(ReadContent("-", in).status()), kUsageReason);
  EXPECT_EQ(ReadFile(NewFile(std::string(1 << 20, 'x')))->size(), size_t{1} << 20);
}

TEST(WriteFile, ReplacesWhatTheFileHeldByteForByte) {
  const std::string path = testing::TempDir() + "/written";
  ASSERT_TRUE(WriteFile(path, "longer").ok());
  ASSERT_TRUE(WriteFile(path, std::string("a\n\0", 3)).ok());
  EXPECT_EQ(*ReadFile(path), std::string("a\n\0", 3));
}

TEST(WriteFile, SaysWhatCannotBeWritten) {
  for (const char* path : {"/nowhere/file", "/dev/full", "/dev"}) {
    const absl::Status status = WriteFile(path, "a");
    EXPECT_EQ(GetReason(status), kUsageReason) << path;
    EXPECT_EQ(status.message().find(path), 0u);
  }
}

}  // namespace
}  // namespace signet::cli
