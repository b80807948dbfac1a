#include "server/tls/certificate_files.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/recording_logger.h"
#include "gtest/gtest.h"
#include "tests/testing/test_certificate.h"

namespace signet::tls {
namespace {

void Write(const std::string& path, const std::string& content) { std::ofstream(path, std::ios::trunc) << content; }

// CertificateFilesTest follows a pair in a folder of its own, which only Look reads.
class CertificateFilesTest : public ::testing::Test {
 protected:
  CertificateFilesTest() {
    WriteBoth(first_);
    options_.certificate_file = folder_ + "/tls.crt";
    options_.private_key_file = folder_ + "/tls.key";
    options_.interval = absl::InfiniteDuration();
    options_.logger = &logger_;
  }
  ~CertificateFilesTest() override { std::filesystem::remove_all(folder_); }

  void WriteBoth(const TestCertificate& pair) {
    Write(folder_ + "/tls.crt", pair.certificate_pem);
    Write(folder_ + "/tls.key", pair.private_key_pem);
  }
  std::unique_ptr<CertificateFiles> Follow() {
    auto files = CertificateFiles::Create(options_);
    EXPECT_EQ(files.status().ToString(), "OK");
    return *std::move(files);
  }
  static bool Shows(const CertificateFiles& files, const TestCertificate& pair) {
    const std::shared_ptr<const CertificatePair> current = files.Current();
    return current->certificate_chain == pair.certificate_pem && current->private_key.Expose() == pair.private_key_pem;
  }

  const std::string folder_ = [] {
    std::string pattern = std::string(std::getenv("TEST_TMPDIR")) + "/tls-XXXXXX";
    return std::string(mkdtemp(pattern.data()));
  }();
  const TestCertificate first_ = MakeTestCertificate();
  const TestCertificate second_ = MakeTestCertificate();
  RecordingLogger logger_;
  CertificateFiles::Options options_;
};

TEST_F(CertificateFilesTest, ANewPairIsTakenOverOnceItStandsStill) {
  const auto files = Follow();
  EXPECT_TRUE(Shows(*files, first_));
  WriteBoth(second_);
  files->Look();
  EXPECT_TRUE(Shows(*files, first_));
  files->Look();
  EXPECT_TRUE(Shows(*files, second_));
  const auto line = logger_.lines().back();
  EXPECT_EQ(line.level, LogLevel::kInfo);
  EXPECT_EQ(line.Text("outcome"), "a new certificate is in use");
}

TEST_F(CertificateFilesTest, WhatHasNotChangedStaysTheSameObject) {
  const auto files = Follow();
  const auto before = files->Current();
  for (int i = 0; i < 3; ++i) files->Look();
  WriteBoth(first_);
  for (int i = 0; i < 3; ++i) files->Look();
  EXPECT_EQ(files->Current(), before);
  EXPECT_TRUE(logger_.lines().empty());
}

TEST_F(CertificateFilesTest, ANewCertificateWithTheOldKeyIsNeverUsedAndIsReportedOnce) {
  const auto files = Follow();
  Write(folder_ + "/tls.crt", second_.certificate_pem);
  for (int i = 0; i < 5; ++i) {
    files->Look();
    EXPECT_TRUE(Shows(*files, first_));
  }
  ASSERT_EQ(logger_.lines().size(), 1u);
  EXPECT_EQ(logger_.lines()[0].level, LogLevel::kError);

  Write(folder_ + "/tls.key", second_.private_key_pem);
  files->Look();
  files->Look();
  EXPECT_TRUE(Shows(*files, second_));
}

TEST_F(CertificateFilesTest, AChainThatIsStillBeingWrittenIsNotUsed) {
  const auto files = Follow();
  const std::string chain = second_.certificate_pem + first_.certificate_pem;
  Write(folder_ + "/tls.key", second_.private_key_pem);
  for (size_t end = 0; end < chain.size(); end += 100) {
    Write(folder_ + "/tls.crt", chain.substr(0, end));
    files->Look();
    EXPECT_TRUE(Shows(*files, first_)) << end;
  }
  Write(folder_ + "/tls.crt", chain);
  files->Look();
  files->Look();
  EXPECT_EQ(files->Current()->certificate_chain, chain);
}

TEST_F(CertificateFilesTest, FilesThatAreGoneLeaveTheFormerPairInUse) {
  const auto files = Follow();
  std::filesystem::remove(folder_ + "/tls.key");
  for (int i = 0; i < 3; ++i) files->Look();
  EXPECT_TRUE(Shows(*files, first_));
  WriteBoth(second_);
  files->Look();
  files->Look();
  EXPECT_TRUE(Shows(*files, second_));
}

TEST_F(CertificateFilesTest, ALinkThatIsMovedIsFollowed) {
  const std::string other = folder_ + "/other";
  std::filesystem::create_directory(other);
  Write(other + "/tls.crt", second_.certificate_pem);
  Write(other + "/tls.key", second_.private_key_pem);
  std::filesystem::create_directory_symlink(".", folder_ + "/..data");
  options_.certificate_file = folder_ + "/..data/tls.crt";
  options_.private_key_file = folder_ + "/..data/tls.key";
  const auto files = Follow();
  std::filesystem::create_directory_symlink("other", folder_ + "/..new");
  std::filesystem::rename(folder_ + "/..new", folder_ + "/..data");
  files->Look();
  files->Look();
  EXPECT_TRUE(Shows(*files, second_));
}

// FakeFollower takes pairs over, unless it is told to refuse.
class FakeFollower : public CertificateFollower {
 public:
  absl::Status Use(const CertificatePair& pair) override {
    ++asked;
    if (refuses) return absl::InternalError("not now");
    chain = pair.certificate_chain;
    return absl::OkStatus();
  }
  bool refuses = false;
  int asked = 0;
  std::string chain;
};

TEST_F(CertificateFilesTest, FollowersAreToldOfEachChangeOnce) {
  const auto files = Follow();
  const auto follower = std::make_shared<FakeFollower>();
  files->Follow(follower);
  files->Follow(std::make_shared<FakeFollower>());  // Gone at once.
  WriteBoth(second_);
  for (int i = 0; i < 4; ++i) files->Look();
  EXPECT_EQ(follower->chain, second_.certificate_pem);
  EXPECT_EQ(follower->asked, 1);
}

TEST_F(CertificateFilesTest, AFollowerThatCouldNotTakeAPairOverIsAskedAgain) {
  const auto files = Follow();
  const auto follower = std::make_shared<FakeFollower>();
  files->Follow(follower);
  follower->refuses = true;
  WriteBoth(second_);
  for (int i = 0; i < 4; ++i) files->Look();
  EXPECT_EQ(follower->asked, 3);
  EXPECT_EQ(logger_.lines().back().level, LogLevel::kError);
  const size_t lines = logger_.lines().size();
  follower->refuses = false;
  for (int i = 0; i < 4; ++i) files->Look();
  EXPECT_EQ(follower->chain, second_.certificate_pem);
  EXPECT_EQ(follower->asked, 4);
  EXPECT_EQ(logger_.lines().size(), lines);
}

TEST_F(CertificateFilesTest, TheFilesAreReadByThemselves) {
  options_.interval = absl::Milliseconds(1);
  const auto files = Follow();
  WriteBoth(second_);
  logger_.Await("outcome", "a new certificate is in use");
  EXPECT_TRUE(Shows(*files, second_));
}

TEST_F(CertificateFilesTest, NothingIsFollowedThatCannotBeUsedFromTheStart) {
  Write(folder_ + "/tls.key", second_.private_key_pem);
  EXPECT_EQ(CertificateFiles::Create(options_).status().code(), absl::StatusCode::kInvalidArgument);
  Write(folder_ + "/tls.key", std::string(2 << 20, 'x'));
  EXPECT_EQ(CertificateFiles::Create(options_).status().code(), absl::StatusCode::kInvalidArgument);
  std::filesystem::remove(folder_ + "/tls.key");
  EXPECT_EQ(CertificateFiles::Create(options_).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace signet::tls
