#include "clients/cli/content.h"

#include <fstream>
#include <sstream>
#include <string>

#include "base/error.h"
#include "clients/cli/failure.h"
#include "gtest/gtest.h"

namespace signet::cli {
namespace {

std::string WriteFile(const std::string& content) {
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
  EXPECT_EQ(*ReadContent("@" + WriteFile(std::string("a\0b\n", 4)), in), std::string("a\0b\n", 4));
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
  EXPECT_EQ(ReadFile(WriteFile(std::string(1 << 20, 'x')))->size(), size_t{1} << 20);
}

}  // namespace
}  // namespace signet::cli
