#include "server/rpc/staged_certificate.h"

#include <sys/stat.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace signet::rpc {
namespace {

tls::CertificatePair Numbered(int number) { return {absl::StrCat("chain ", number), Secret(absl::StrCat("key ", number))}; }

std::string Read(const std::string& path) {
  std::ostringstream content;
  content << std::ifstream(path).rdbuf();
  return content.str();
}

time_t ModifiedAt(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 ? status.st_mtime : -1;
}

TEST(StagedCertificateTest, APathShowsTheLatestPairWithALaterTime) {
  const auto staged = *StagedCertificate::Create(Numbered(1));
  const std::string path = staged->path();
  EXPECT_EQ(Read(path), "chain 1\nkey 1");
  const time_t first = ModifiedAt(path);
  ASSERT_TRUE(staged->Replace(Numbered(2)).ok());
  EXPECT_EQ(staged->path(), path);
  EXPECT_EQ(Read(path), "chain 2\nkey 2");
  EXPECT_GT(ModifiedAt(path), first);
}

TEST(StagedCertificateTest, WhoeverReadsMeanwhileSeesAWholePair) {
  const auto staged = *StagedCertificate::Create(Numbered(0));
  std::thread writer([&] {
    for (int i = 1; i < 2000; ++i) EXPECT_TRUE(staged->Replace(Numbered(i)).ok());
  });
  for (int i = 0; i < 2000; ++i) {
    const std::string content = Read(staged->path());
    const std::string number = content.substr(6, content.find('\n') - 6);
    EXPECT_EQ(content, absl::StrCat("chain ", number, "\nkey ", number));
  }
  writer.join();
}

TEST(StagedCertificateTest, TheFileGoesWithItsOwner) {
  std::string path;
  {
    const auto staged = *StagedCertificate::Create(Numbered(1));
    path = staged->path();
  }
  EXPECT_EQ(Read(path), "");
}

}  // namespace
}  // namespace signet::rpc
