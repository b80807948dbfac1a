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

  absl::StatusOr<Configuration> Load(const std::string& json) {
    return LoadConfiguration(Write("signet.json", json), environment_);
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
                           random_,
                           clock_,
                           [](absl::Duration) {}};
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
  EXPECT_EQ(configuration->subaccount, "dev");
}

TEST_F(ConfigurationTest, TheVariableOverridesTheTarget) {
  variables_["SIGNET_SUBACCOUNT"] = "prod";
  EXPECT_EQ(Load(R"({"grpc_address": "h:1", "subaccount": "dev"})")->subaccount, "prod");
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
    const absl::Status status = LoadConfiguration(path, environment_).status();
    EXPECT_EQ(GetReason(status), kUsageReason);
    EXPECT_THAT(DescribeFailure(status, Format::kText), HasSubstr("SIGNET_CONFIG"));
  }
}

}  // namespace
}  // namespace signet::cli
