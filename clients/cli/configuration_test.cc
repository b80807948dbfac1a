#include "clients/cli/configuration.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "base/error.h"
#include "base/fake_clock.h"
#include "base/random.h"
#include "clients/cli/failure.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::cli {
namespace {

using testing::HasSubstr;

class ConfigurationTest : public testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& content) {
    std::string path = testing::TempDir() + "/" + name;
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }

  std::string WritePrivate(const std::string& name, const std::string& content) {
    std::string path = Write(name, content);
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return path;
  }

  absl::StatusOr<Configuration> Load(const std::string& json) {
    return LoadConfiguration(Write("signet.json", json), Needs::kServer, environment_);
  }

  std::map<std::string, std::string> variables_;
  SystemRandom random_;
  FakeClock clock_;
  std::stringstream stream_;
  Environment environment_{[this](absl::string_view name) { return variables_[std::string(name)]; },
                           stream_,
                           false,
                           stream_,
                           false,
                           stream_,
                           false,
                           random_,
                           clock_,
                           [](absl::Duration) {},
                           [] { return [](absl::Duration) { return true; }; }};
};

TEST_F(ConfigurationTest, TheOptionComesBeforeTheVariableAndTheVariableBeforeTheHome) {
  EXPECT_EQ(ConfigurationPath("", environment_), "");
  variables_["HOME"] = "/home/me";
  EXPECT_EQ(ConfigurationPath("", environment_), "/home/me/.config/signet/signet.json");
  variables_["SIGNET_CONFIG"] = "/etc/signet.json";
  EXPECT_EQ(ConfigurationPath("", environment_), "/etc/signet.json");
  EXPECT_EQ(ConfigurationPath("mine.json", environment_), "mine.json");
}

TEST_F(ConfigurationTest, ReadsEveryMember) {
  Write("ca.pem", "-----BEGIN CERTIFICATE-----\n");
  const absl::StatusOr<Configuration> configuration =
      Load(R"({"grpc_address": "h:1", "https_url": "https://h:2", "ca_certificate": "ca.pem", "subaccount": "dev"})");
  ASSERT_TRUE(configuration.ok()) << configuration.status();
  EXPECT_EQ(configuration->grpc_address, "h:1");
  EXPECT_EQ(configuration->https_url, "https://h:2");
  EXPECT_EQ(configuration->ca_certificate, std::filesystem::path(testing::TempDir()) / "ca.pem");
  EXPECT_EQ(configuration->ca_certificate_pem, "-----BEGIN CERTIFICATE-----\n");
  EXPECT_EQ(configuration->target.id, "dev");
}

TEST_F(ConfigurationTest, TheVariableOverridesTheTarget) {
  variables_["SIGNET_SUBACCOUNT"] = "prod";
  EXPECT_EQ(Load(R"({"grpc_address": "h:1", "subaccount": "dev"})")->target.id, "prod");
}

TEST_F(ConfigurationTest, TheTargetIsUtf8) {
  variables_["SIGNET_SUBACCOUNT"] = "\xff";
  EXPECT_EQ(Load(R"({"grpc_address": "h:1"})").status().message(), "SIGNET_SUBACCOUNT is not valid UTF-8");
}

TEST_F(ConfigurationTest, TheAddressIsAHostAndAPortOrASocket) {
  for (const char* address : {"h:1", "localhost:65535", "127.0.0.1:8443", "[::1]:8443", "unix:/run/s.sock", "unix:///run/s.sock"}) {
    EXPECT_TRUE(Load(std::string(R"({"grpc_address": ")") + address + "\"}").ok()) << address;
  }
  for (const char* address : {"localhost", "localhost:", ":8443", "h:0", "h:65536", "h:+1", "h:http", "::1:8443", "[]:1",
                              "https://h:8443", "unix:", "unix:/", "unix:s.sock", "h h:1"}) {
    const absl::Status status = Load(std::string(R"({"grpc_address": ")") + address + "\"}").status();
    EXPECT_EQ(GetReason(status), kUsageReason) << address;
    EXPECT_THAT(std::string(status.message()), HasSubstr("'grpc_address' is neither HOST:PORT nor unix:/path"));
  }
}

TEST_F(ConfigurationTest, EachMistakeIsAUsageErrorThatSaysWhatIsWrong) {
  Write("empty.pem", "");
  const std::pair<const char*, const char*> kTable[] = {
      {"", "is not a JSON object"},
      {"{", "is not a JSON object"},
      {"[]", "is not a JSON object"},
      {"\xff", "is not a JSON object"},
      {"{}", "'grpc_address' is missing"},
      {R"({"grpc_address": ""})", "'grpc_address' is missing"},
      {R"({"grpc_address": 8443})", "'grpc_address' is not a string"},
      {R"({"grpc_adress": "h:1"})", "unknown member 'grpc_adress': did you mean 'grpc_address'?"},
      {R"({"grpc_address": "h:1", "https_url": null})", "'https_url' is not a string"},
      {R"({"grpc_address": "h:1", "ca_certificate": "/nowhere/ca.pem"})", "/nowhere/ca.pem cannot be opened"},
      {R"({"grpc_address": "h:1", "ca_certificate": "empty.pem"})", "holds no PEM certificate"},
      {R"({"grpc_address": "h:1", "subaccount": true})", "'subaccount' is not a string"},
  };
  for (const auto& [json, message] : kTable) {
    const absl::Status status = Load(json).status();
    EXPECT_EQ(GetReason(status), kUsageReason) << json;
    EXPECT_THAT(std::string(status.message()), HasSubstr(message));
    EXPECT_THAT(std::string(status.message()), HasSubstr("signet.json"));
  }
}

TEST_F(ConfigurationTest, AMissingFileIsAUsageErrorThatSaysHowToConfigure) {
  for (const char* path : {"", "/nowhere/signet.json"}) {
    const absl::Status status = LoadConfiguration(path, Needs::kServer, environment_).status();
    EXPECT_EQ(GetReason(status), kUsageReason);
    EXPECT_THAT(DescribeFailure(status, Format::kText), HasSubstr("SIGNET_CONFIG"));
  }
}

TEST_F(ConfigurationTest, NamesTheClientAndTheFileOfItsSecret) {
  WritePrivate("secret", "s3cret\n");
  const absl::StatusOr<Configuration> configuration =
      Load(R"({"grpc_address": "h:1", "client_id": "c", "client_secret_file": "secret", "token_url": "https://h/oauth/token"})");
  ASSERT_TRUE(configuration.ok()) << configuration.status();
  EXPECT_EQ(configuration->credential->client_id, "c");
  EXPECT_EQ(configuration->credential->client_secret.Expose(), "s3cret");
  EXPECT_EQ(configuration->credential->token_url, "https://h/oauth/token");
}

TEST_F(ConfigurationTest, NamesACredentialFileRelativeToItsFolder) {
  WritePrivate("admin.json", R"({"client_id": "c", "client_secret": "s3cret", "token_url": "https://h/oauth/token"})");
  for (const std::string& file : {std::string("admin.json"), testing::TempDir() + "/admin.json"}) {
    const auto configuration = Load(R"({"grpc_address": "h:1", "admin_credential_file": ")" + file + "\"}");
    ASSERT_TRUE(configuration.ok()) << configuration.status();
    EXPECT_EQ(configuration->credential->client_id, "c");
  }
}

TEST_F(ConfigurationTest, EachMistakeAboutACredentialSaysWhatIsWrongWithoutTheSecret) {
  Write("open.json", R"({"client_id": "c", "client_secret": "s3cret", "token_url": "https://h/t"})");
  Write("open", "s3cret");
  WritePrivate("secret", "s3cret");
  WritePrivate("empty", "\n");
  WritePrivate("binary", "s3cret\x01");
  WritePrivate("partial.json", R"({"client_id": "c", "client_secret": "s3cret"})");
  WritePrivate("http.json", R"({"client_id": "c", "client_secret": "s3cret", "token_url": "http://h/t"})");
  WritePrivate("broken.json", R"({"client_secret": "s3cret)");
  const std::pair<const char*, const char*> kTable[] = {
      {R"("admin_credential_file": "/nowhere/a.json")", "'admin_credential_file': /nowhere/a.json cannot be opened"},
      {R"("admin_credential_file": "open.json")", "others than its owner may access it"},
      {R"("admin_credential_file": "partial.json")", "'token_url' is missing"},
      {R"("admin_credential_file": "http.json")", "'token_url' is no https URL"},
      {R"("admin_credential_file": "broken.json")", "is not a JSON object"},
      {R"("admin_credential_file": "a.json", "client_id": "c")", "stands in place of"},
      {R"("client_id": "c")", "go together"},
      {R"("client_id": "c", "client_secret_file": "open", "token_url": "https://h/t")", "others than its owner may access it"},
      {R"("client_id": "c", "client_secret_file": "empty", "token_url": "https://h/t")", "is empty"},
      {R"("client_id": "c", "client_secret_file": "binary", "token_url": "https://h/t")", "holds other than printable ASCII"},
      {R"("client_id": "c", "client_secret_file": "secret", "token_url": "http://h/t")", "'token_url' is no https URL"},
      {R"("client_secret": "s3cret")", "unknown member 'client_secret': did you mean 'client_secret_file'?"},
  };
  for (const auto& [members, message] : kTable) {
    const absl::Status status = Load(std::string(R"({"grpc_address": "h:1", )") + members + "}").status();
    EXPECT_EQ(GetReason(status), kUsageReason) << members;
    EXPECT_THAT(std::string(status.message()), HasSubstr(message));
    EXPECT_THAT(status.ToString(), testing::Not(HasSubstr("s3cret")));
  }
}

TEST_F(ConfigurationTest, WhatIsStoredComesBeforeTheFileAndTheVariableBeforeThat) {
  StoredSession stored{.grpc_address = "stored:1",
                       .https_url = "https://stored:2",
                       .credential = ClientCredential{"me", Secret("s"), "https://h/oauth/token"},
                       .target = Target{"directory", "d1"}};
  const std::string path = Write("stored.json", R"({"grpc_address": "h:1", "subaccount": "dev",
                                                    "admin_credential_file": "/nowhere"})");
  ASSERT_TRUE(WriteSessionFile(SessionFilePath(path), stored).ok());
  const absl::StatusOr<Configuration> configuration = LoadConfiguration(path, Needs::kServer, environment_);
  ASSERT_TRUE(configuration.ok()) << configuration.status();
  EXPECT_EQ(configuration->grpc_address, "stored:1");
  EXPECT_EQ(configuration->https_url, "https://stored:2");
  EXPECT_EQ(configuration->credential->client_id, "me");
  EXPECT_EQ(configuration->target.scope, "directory");
  EXPECT_EQ(configuration->target.id, "d1");
  variables_["SIGNET_SUBACCOUNT"] = "prod";
  EXPECT_EQ(LoadConfiguration(path, Needs::kServer, environment_)->target.scope, "subaccount");
  EXPECT_EQ(LoadConfiguration(path, Needs::kServer, environment_)->target.id, "prod");
}

TEST_F(ConfigurationTest, TheFileMayBeMissingWhereAnAddressIsStoredOrNoServerIsCalled) {
  const std::string path = testing::TempDir() + "/missing.json";
  EXPECT_FALSE(LoadConfiguration(path, Needs::kServer, environment_).ok());
  EXPECT_TRUE(LoadConfiguration(path, Needs::kNothing, environment_).ok());
  ASSERT_TRUE(WriteSessionFile(SessionFilePath(path), {.target = Target{"subaccount", "dev"}}).ok());
  EXPECT_FALSE(LoadConfiguration(path, Needs::kServer, environment_).ok());
  ASSERT_TRUE(WriteSessionFile(SessionFilePath(path), {.grpc_address = "h:1"}).ok());
  EXPECT_EQ(LoadConfiguration(path, Needs::kServer, environment_)->grpc_address, "h:1");
}

}  // namespace
}  // namespace signet::cli
