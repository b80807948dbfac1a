// The files that a configuration names.
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/main/config.h"
#include "server/main/dev_certificates.h"
#include "server/main/minimal_config.h"

namespace signet::server {
namespace {

using testing::HasSubstr;

// LoadConfigTest has a folder with the files that its configuration names.
class LoadConfigTest : public testing::Test {
 protected:
  LoadConfigTest() : folder_(std::filesystem::path(testing::TempDir()) / "load_config") {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    const absl::StatusOr<DevCertificates> certificates = MakeDevCertificates(absl::Now());
    EXPECT_TRUE(certificates.ok()) << certificates.status();
    Write("c", certificates->certificate);
    Write("k", certificates->private_key);
    for (const char* name : {"pin", "m"}) Write(name, "x");
    const std::string root = folder_.string() + "/";
    Write("config.yaml", absl::StrReplaceAll(kMinimal, {{": /", absl::StrCat(": ", root)}}));
  }
  void Write(const std::string& name, absl::string_view content) {
    std::ofstream(folder_ / name) << content;
    chmod(Path(name).c_str(), 0600);
  }
  // Changes the configuration file.
  void Replace(absl::string_view from, absl::string_view to) {
    std::ifstream file(folder_ / "config.yaml");
    const std::string yaml(std::istreambuf_iterator<char>(file), {});
    Write("config.yaml", absl::StrReplaceAll(yaml, {{from, to}}));
  }
  std::string Path(const std::string& name) const { return (folder_ / name).string(); }
  std::string Errors() {
    const auto config = LoadConfig(Path("config.yaml"));
    EXPECT_EQ(GetReason(config.status()), reason::kInvalidField);
    return std::string(config.status().message());
  }

  const std::filesystem::path folder_;
};

TEST_F(LoadConfigTest, LoadsAConfigurationWhoseFilesCanBeRead) {
  const auto config = LoadConfig(Path("config.yaml"));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->hsm().pin_file(), Path("pin"));
}

TEST_F(LoadConfigTest, AFileThatIsNotThereIsNamedWithTheLineOfItsField) {
  std::filesystem::remove(Path("pin"));
  EXPECT_THAT(Errors(), HasSubstr(absl::StrCat(Path("config.yaml"), ":8: hsm.pin_file: cannot be read: ", Path("pin"))));
}

TEST_F(LoadConfigTest, AFolderIsNoFile) {
  std::filesystem::remove(Path("c"));
  std::filesystem::create_directory(Path("c"));
  EXPECT_THAT(Errors(), HasSubstr(":2: grpc.tls.certificate_file: must be a file"));
}

TEST_F(LoadConfigTest, TheModuleIsAFile) {
  std::filesystem::remove(Path("m"));
  EXPECT_THAT(Errors(), HasSubstr(absl::StrCat(":6: hsm.module: cannot be read: ", Path("m"))));
  std::filesystem::create_directory(Path("m"));
  EXPECT_THAT(Errors(), HasSubstr(":6: hsm.module: must be a file"));
}

TEST_F(LoadConfigTest, ACertificateAndItsKeyArePemAndBelongTogether) {
  Write("k", MakeDevCertificates(absl::Now())->private_key);
  EXPECT_THAT(Errors(), HasSubstr("the certificate and the private key do not belong together"));
  Write("k", "x");
  EXPECT_THAT(Errors(), HasSubstr("the private key is not PEM"));
  Write("c", "x");
  EXPECT_THAT(Errors(), HasSubstr("the certificate is not PEM"));
}

TEST_F(LoadConfigTest, TheStoreIsAFileInAFolderThatExists) {
  std::filesystem::create_directory(Path("s"));
  EXPECT_THAT(Errors(), HasSubstr(":10: store.sqlite_path: must be a file"));
  for (const char* path : {"/missing/s", "/pin/s"}) {
    Replace("sqlite_path: ", absl::StrCat("sqlite_path: ", folder_.string(), path, " #"));
    EXPECT_THAT(Errors(), HasSubstr(":10: store.sqlite_path: must be in a folder")) << path;
  }
}

TEST_F(LoadConfigTest, AUnixSocketHasAFolder) {
  Replace("grpc:\n", "grpc:\n  addresses: [unix:/nonexistent/socket]\n");
  EXPECT_THAT(Errors(), HasSubstr(":2: grpc.addresses[0]: must be in a folder: /nonexistent/"));
}

TEST_F(LoadConfigTest, ASecretThatEveryoneMayReadIsRefused) {
  chmod(Path("pin").c_str(), 0644);
  EXPECT_THAT(Errors(), HasSubstr(":8: hsm.pin_file: must not be readable by every user"));
  chmod(Path("pin").c_str(), 0440);
  chmod(Path("k").c_str(), 0604);
  EXPECT_THAT(Errors(), HasSubstr(":4: http.tls.private_key_file: must not be readable by every user"));
}

TEST_F(LoadConfigTest, AMissingOrHugeConfigurationIsRefused) {
  Write("config.yaml", std::string((1 << 20) + 1, '#'));
  EXPECT_THAT(Errors(), HasSubstr("longer than"));
  std::filesystem::remove(Path("config.yaml"));
  EXPECT_THAT(Errors(), HasSubstr("cannot read"));
}

}  // namespace
}  // namespace signet::server
