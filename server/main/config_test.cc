#include "server/main/config.h"

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
#include "server/main/dev_certificates.h"

namespace signet::server {
namespace {

using config::v1::Config;
using testing::HasSubstr;

// The least that is needed; a test replaces a line of it.
constexpr absl::string_view kMinimal = R"(grpc:
  tls: {certificate_file: /c, private_key_file: /k}
http:
  tls: {certificate_file: /c, private_key_file: /k}
hsm:
  module: /m
  token_label: signet
  pin_file: /pin
store:
  sqlite_path: /s
)";

std::string ErrorsOf(absl::string_view yaml) {
  const absl::StatusOr<Config> config = ParseConfig(yaml, "c.yaml");
  EXPECT_EQ(config.status().code(), absl::StatusCode::kInvalidArgument) << yaml;
  EXPECT_EQ(GetReason(config.status()), reason::kInvalidField) << yaml;
  return std::string(config.status().message());
}

// The errors of kMinimal with `from` replaced by `to`.
std::string ErrorsWith(absl::string_view from, absl::string_view to) {
  const std::string yaml = absl::StrReplaceAll(kMinimal, {{from, to}});
  EXPECT_NE(yaml, kMinimal) << from;
  return ErrorsOf(yaml);
}

TEST(ConfigTest, WhatIsNotSetHasTheDocumentedDefault) {
  const absl::StatusOr<Config> config = ParseConfig(kMinimal, "c.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_THAT(config->grpc().addresses(), testing::ElementsAre("127.0.0.1:8443"));
  EXPECT_FALSE(config->grpc().reflection());
  EXPECT_EQ(config->http().address(), "127.0.0.1:8444");
  EXPECT_EQ(config->http().public_url(), "");
  EXPECT_EQ(config->http().max_connections(), 1000);
  EXPECT_EQ(config->probe().grpc_address(), "");
  EXPECT_EQ(config->hsm().sessions(), 16);
  EXPECT_EQ(config->hsm().verify_one_in(), 100);
  EXPECT_EQ(config->limits().signing_queue(), 1024);
  EXPECT_EQ(config->limits().admin_workers(), 4);
  EXPECT_EQ(config->limits().admin_queue(), 256);
  EXPECT_EQ(config->limits().drain_timeout().seconds(), 20);
  EXPECT_EQ(config->log().level(), config::v1::Log::INFO);
}

TEST(ConfigTest, AnEmptyConfigurationLacksEverySectionThatIsRequired) {
  const std::string errors = ErrorsOf("");
  for (const char* section : {"grpc", "http", "hsm", "store"}) {
    EXPECT_THAT(errors, HasSubstr(absl::StrCat("c.yaml:1: ", section, ": is required")));
  }
}

TEST(ConfigTest, AddressesThatOthersCanReachAreRefusedWithoutAuthentication) {
  const auto errors = [](absl::string_view from, absl::string_view to) {
    return ErrorsOf(absl::StrCat(absl::StrReplaceAll(kMinimal, {{from, to}}), "authentication: {disabled: true}\n"));
  };
  for (const char* address : {"0.0.0.0:1", "10.1.2.3:1", "'[::]:1'", "'[2001:db8::1]:1'", "128.0.0.1:1"}) {
    EXPECT_THAT(errors("grpc:\n", absl::StrCat("grpc:\n  addresses: [", address, "]\n")),
                HasSubstr("c.yaml:2: grpc.addresses[0]: must be a loopback address"))
        << address;
    EXPECT_THAT(errors("http:\n", absl::StrCat("http:\n  address: ", address, "\n")),
                HasSubstr("c.yaml:4: http.address: must be a loopback address"))
        << address;
  }
}

TEST(ConfigTest, WithAuthenticationEveryAddressWillDo) {
  EXPECT_TRUE(
      ParseConfig(absl::StrReplaceAll(kMinimal, {{"grpc:\n", "grpc:\n  addresses: ['0.0.0.0:8443', '[::]:1']\n"}}), "c").ok());
  EXPECT_TRUE(ParseConfig(absl::StrReplaceAll(kMinimal, {{"http:\n", "http:\n  address: 0.0.0.0:8444\n"}}), "c").ok());
}

TEST(ConfigTest, AnIdentityIsOneNameWithScopesAndAnAuthority) {
  const auto identity = [](absl::string_view members) {
    return ErrorsOf(absl::StrCat(kMinimal, "authentication:\n  client_ca_file: /ca\n  identities:\n    - {", members, "}\n"));
  };
  EXPECT_THAT(identity("scopes: ['sign:tokens']"), HasSubstr("identities[0]: must have exactly one of spiffe_id and dns_name"));
  EXPECT_THAT(identity("spiffe_id: 'spiffe://a/b', dns_name: a.example, scopes: ['sign:tokens']"), HasSubstr("exactly one of"));
  EXPECT_THAT(identity("spiffe_id: 'https://a/b', scopes: ['sign:tokens']"), HasSubstr("spiffe_id: must begin with spiffe://"));
  EXPECT_THAT(identity("dns_name: a.example"), HasSubstr("identities[0].scopes: is required"));
  EXPECT_THAT(identity("dns_name: a.example, scopes: ['sign:everything']"), HasSubstr("scopes: holds what is no scope"));
  EXPECT_THAT(identity("dns_name: a.example, scopes: ['sign:tokens'], tenant: A_B"),
              HasSubstr("tenant: must be the id of a tenant"));
  EXPECT_THAT(identity("dns_name: a.example, scopes: ['sign:tokens'], signing_profile: {max_ttl: 0s}"),
              HasSubstr("identities[0].signing_profile.max_ttl: must be at least 1 second"));
  EXPECT_THAT(identity("dns_name: a.example, scopes: ['sign:tokens'], signing_profile: {fixed_claims_json: '[]'}"),
              HasSubstr("signing_profile.fixed_claims_json: "));
  EXPECT_THAT(identity("dns_name: a.example, scopes: ['sign:tokens']}\n    - {dns_name: a.example, scopes: ['sign:tokens']"),
              HasSubstr("identities[1]: must not be an identity that stands before"));
  EXPECT_THAT(
      ErrorsOf(absl::StrCat(kMinimal, "authentication:\n  identities:\n    - {dns_name: a.example, scopes: ['sign:tokens']}\n")),
      HasSubstr("authentication.client_ca_file: is required"));
}

TEST(ConfigTest, ClientCertificatesAreAskedForWhereThereIsAnAuthority) {
  const auto with = ParseConfig(absl::StrCat(kMinimal, "authentication: {client_ca_file: /ca}\n"), "c.yaml");
  ASSERT_TRUE(with.ok()) << with.status();
  EXPECT_TRUE(with->grpc().tls().request_client_certificates());
  EXPECT_TRUE(with->http().tls().request_client_certificates());
  EXPECT_FALSE(ParseConfig(kMinimal, "c.yaml")->http().tls().request_client_certificates());
}

TEST(ConfigTest, QuotasAndSealsHaveDefaultsAndRanges) {
  const auto config = ParseConfig(absl::StrCat(kMinimal, "quotas: {administrative: {per_principal: 0}}\n"), "c.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->quotas().administrative().per_principal(), 0);
  EXPECT_EQ(config->quotas().administrative().per_tenant(), 500);
  EXPECT_EQ(config->quotas().token().per_principal(), 50);
  EXPECT_EQ(config->quotas().signing().per_tenant(), 0);
  EXPECT_EQ(config->audit().seal_events(), 1000);
  EXPECT_EQ(config->audit().seal_interval().seconds(), 600);
  const auto at_end = [](absl::string_view lines) { return ErrorsOf(absl::StrCat(kMinimal, lines)); };
  EXPECT_THAT(at_end("quotas: {token: {per_tenant: -1}}\n"), HasSubstr("quotas.token.per_tenant: must be 0 to 1000000"));
  EXPECT_THAT(at_end("quotas: {signing: {burst: 0s}}\n"), HasSubstr("quotas.signing.burst: must be 1s to 1h"));
  EXPECT_THAT(at_end("audit: {seal_events: 0}\n"), HasSubstr("audit.seal_events: must be 1 to 1000000"));
  EXPECT_THAT(at_end("audit: {seal_interval: 31d}\n"), HasSubstr("audit.seal_interval: must be 1s to 30d"));
}

TEST(ConfigTest, MalformedAddressesAreRefused) {
  for (const char* address : {"localhost", "127.0.0.1", "'127.0.0.1:'", "127.0.0.1:65536", "127.0.0.1:-1", "':1'", "::1:1",
                              "'[::1]'", "127.0.0.1.example.com:1", "127.1:1", "'127.0.0.1: 1'", "https://localhost:1"}) {
    EXPECT_THAT(ErrorsWith("http:\n", absl::StrCat("http:\n  address: ", address, "\n")),
                HasSubstr("c.yaml:4: http.address: must be \"HOST:PORT\""))
        << address;
  }
}

TEST(ConfigTest, LoopbackAndUnixAddressesAreAccepted) {
  const std::string yaml = absl::StrReplaceAll(
      kMinimal, {{"grpc:\n", "grpc:\n  addresses: [localhost:0, 127.1.2.3:65535, '[::1]:8443', unix:/run/signet/s.sock]\n"}});
  EXPECT_TRUE(ParseConfig(yaml, "c.yaml").ok()) << ParseConfig(yaml, "c.yaml").status();
}

TEST(ConfigTest, UnixAddressesAreAbsoluteAndShortEnough) {
  for (const std::string& address : {std::string("unix:relative.sock"), "unix:/" + std::string(107, 'x'), std::string("unix:")}) {
    EXPECT_THAT(ErrorsWith("grpc:\n", absl::StrCat("grpc:\n  addresses: ['", address, "']\n")),
                HasSubstr("c.yaml:2: grpc.addresses[0]: must be \"unix:\" and an absolute path"))
        << address;
  }
}

TEST(ConfigTest, OnlyUnixSocketsNeedNoTls) {
  constexpr absl::string_view kGrpcTls = "grpc:\n  tls: {certificate_file: /c, private_key_file: /k}\n";
  EXPECT_THAT(ErrorsWith(kGrpcTls, "grpc:\n"), HasSubstr("c.yaml:1: grpc.tls: is required"));
  EXPECT_TRUE(ParseConfig(absl::StrReplaceAll(kMinimal, {{kGrpcTls, "grpc:\n  addresses: ['unix:/s']\n"}}), "c.yaml").ok());
  EXPECT_THAT(ErrorsWith("http:\n  tls: {certificate_file: /c, private_key_file: /k}\n", "http:\n"),
              HasSubstr("c.yaml:3: http.tls: is required"));
}

TEST(ConfigTest, PathsAreRequiredAndAbsolute) {
  EXPECT_THAT(ErrorsWith("module: /m", "module: libsofthsm2.so"), HasSubstr("c.yaml:6: hsm.module: must be an absolute path"));
  EXPECT_THAT(ErrorsWith("  module: /m\n", ""), HasSubstr("c.yaml:5: hsm.module: is required"));
  EXPECT_THAT(ErrorsWith("/pin", "pin"), HasSubstr("c.yaml:8: hsm.pin_file: must be an absolute path"));
  EXPECT_THAT(ErrorsWith("/s", "s.db"), HasSubstr("c.yaml:10: store.sqlite_path: must be an absolute path"));
  EXPECT_THAT(ErrorsWith("certificate_file: /c, ", ""), HasSubstr("c.yaml:2: grpc.tls.certificate_file: is required"));
  EXPECT_THAT(ErrorsWith("private_key_file: /k", "private_key_file: k"),
              HasSubstr("c.yaml:4: http.tls.private_key_file: must be an absolute path"));
}

TEST(ConfigTest, ExactlyOneSourceOfThePinIsNeeded) {
  EXPECT_THAT(ErrorsWith("  pin_file: /pin\n", ""), HasSubstr("c.yaml:5: hsm: must have exactly one of pin_file and pin_env"));
  EXPECT_THAT(ErrorsWith("  pin_file: /pin\n", "  pin_file: /pin\n  pin_env: PIN\n"),
              HasSubstr("c.yaml:9: hsm.pin_env: must have exactly one of pin_file and pin_env"));
  EXPECT_THAT(ErrorsWith("pin_file: /pin", "pin_env: A=B"), HasSubstr("c.yaml:8: hsm.pin_env: must be the name"));
}

TEST(ConfigTest, ATokenLabelFitsAToken) {
  EXPECT_THAT(ErrorsWith("  token_label: signet\n", ""), HasSubstr("c.yaml:5: hsm.token_label: is required"));
  EXPECT_THAT(ErrorsWith("signet", std::string(33, 'x')), HasSubstr("c.yaml:7: hsm.token_label: must have at most 32 bytes"));
}

TEST(ConfigTest, NumbersStayInTheirRanges) {
  const auto at_end = [](absl::string_view lines) { return ErrorsOf(absl::StrCat(kMinimal, lines)); };
  for (const char* value : {"0", "-1", "1025"}) {
    EXPECT_THAT(ErrorsWith("  module: /m\n", absl::StrCat("  module: /m\n  sessions: ", value, "\n")),
                HasSubstr("c.yaml:7: hsm.sessions: must be 1 to 1024"));
  }
  EXPECT_THAT(ErrorsWith("http:\n", "http:\n  max_connections: 100001\n"),
              HasSubstr("c.yaml:4: http.max_connections: must be 1 to 100000"));
  EXPECT_THAT(at_end("limits:\n  signing_queue: 0\n"), HasSubstr("c.yaml:12: limits.signing_queue: must be 1 to 100000"));
  EXPECT_THAT(at_end("limits:\n  admin_workers: 65\n"), HasSubstr("c.yaml:12: limits.admin_workers: must be 1 to 64"));
  EXPECT_THAT(at_end("limits:\n  admin_queue: 0\n"), HasSubstr("c.yaml:12: limits.admin_queue: must be 1 to 100000"));
  for (const char* value : {"-1s", "601s", "10m1ms"}) {
    EXPECT_THAT(at_end(absl::StrCat("limits:\n  drain_timeout: ", value, "\n")),
                HasSubstr("c.yaml:12: limits.drain_timeout: must be 0s to 10m"));
  }
}

TEST(ConfigTest, AZeroThatIsSetIsKept) {
  const auto config = ParseConfig(absl::StrCat(kMinimal, "limits:\n  drain_timeout: 0s\n"), "c.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->limits().drain_timeout().seconds(), 0);
}

TEST(ConfigTest, ThePublicUrlIsAnHttpsRoot) {
  for (const char* url : {"http://a.example", "https://", "https:///x", "https://a.example/", "'https://a.example?x'",
                          "'https://a.example#x'", "https://user@a.example", "a.example"}) {
    EXPECT_THAT(ErrorsWith("http:\n", absl::StrCat("http:\n  public_url: ", url, "\n")),
                HasSubstr("c.yaml:4: http.public_url: must be an https URL"))
        << url;
  }
  EXPECT_TRUE(
      ParseConfig(absl::StrReplaceAll(kMinimal, {{"http:\n", "http:\n  public_url: https://a.example/signet\n"}}), "c").ok());
}

TEST(ConfigTest, ProbesMayListenAnywhereButNeedAnAddress) {
  EXPECT_TRUE(ParseConfig(absl::StrCat(kMinimal, "probe:\n  http_address: 0.0.0.0:8080\n"), "c.yaml").ok());
  EXPECT_THAT(ErrorsOf(absl::StrCat(kMinimal, "probe:\n  grpc_address: 8080\n")),
              HasSubstr("c.yaml:12: probe.grpc_address: must be \"HOST:PORT\""));
}

TEST(ConfigTest, NoTwoListenersShareAnAddress) {
  const auto probes = [](absl::string_view address) {
    return ParseConfig(absl::StrCat(kMinimal, "probe:\n  http_address: '", address, "'\n"), "c.yaml").status();
  };
  for (const char* address : {"127.0.0.1:8444", "0.0.0.0:8444", "[::]:8444", "localhost:8444"}) {
    EXPECT_EQ(probes(address).message(),
              "c.yaml:12: probe.http_address: must not be the address of http.address as well: 127.0.0.1:8444");
  }
  EXPECT_TRUE(probes("127.0.0.2:8444").ok());
  EXPECT_TRUE(probes("[::1]:8444").ok());
  EXPECT_THAT(ErrorsWith("grpc:\n", "grpc:\n  addresses: ['unix:/s', 'unix:/s']\n"),
              HasSubstr("c.yaml:2: grpc.addresses[1]: must not be the address of grpc.addresses[0] as well: unix:/s"));
  EXPECT_TRUE(ParseConfig(absl::StrReplaceAll(kMinimal, {{"grpc:\n", "grpc:\n  addresses: ['[::1]:0', '[::1]:0']\n"}}), "c").ok());
}

TEST(ConfigTest, AllErrorsAreReportedInTheOrderOfTheirLines) {
  EXPECT_EQ(ErrorsWith("  token_label: signet\n  pin_file: /pin\n", "  token_lable: signet\n  sessions: lots\n  pin_file: pin\n"),
            "c.yaml:5: hsm.token_label: is required: the label of an initialised token\n"
            "c.yaml:7: hsm.token_lable: is unknown; did you mean \"token_label\"?\n"
            "c.yaml:8: hsm.sessions: must be a whole number of at most 32 bits, without quotes, such as 16\n"
            "c.yaml:9: hsm.pin_file: must be an absolute path");
}

TEST(ConfigTest, ASectionThatCannotBeReadIsReportedOnce) {
  EXPECT_EQ(ErrorsWith("store:\n  sqlite_path: /s\n", "store: /s\n"),
            "c.yaml:9: store: must hold fields, each on a line of its own as \"name: value\"");
}

TEST(ConfigTest, ATextAboveOneMebibyteIsRefused) {
  EXPECT_THAT(ErrorsOf(absl::StrCat(kMinimal, "#", std::string(1 << 20, 'x'))), HasSubstr("c.yaml:1: is longer than 1 MiB"));
}

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

TEST(ParseConfig, LimitsOfGrpcHaveDefaultsAndRanges) {
  const absl::StatusOr<Config> config = ParseConfig(kMinimal, "c.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->grpc().limits().max_request_bytes(), 262'144);
  EXPECT_EQ(config->grpc().limits().max_connection_age().seconds(), 3600);
  EXPECT_EQ(config->grpc().limits().max_ping_strikes(), 2);
  const auto with = [](absl::string_view limit) {
    return ErrorsOf(absl::StrReplaceAll(kMinimal, {{"grpc:\n", absl::StrCat("grpc:\n  limits: {", limit, "}\n")}}));
  };
  for (const char* field :
       {"max_request_bytes", "max_metadata_bytes", "max_concurrent_streams", "max_connections", "max_ping_strikes"}) {
    EXPECT_THAT(with(absl::StrCat(field, ": 0")), HasSubstr(absl::StrCat("c.yaml:2: grpc.limits.", field, ": must be ")));
  }
  for (const char* field : {"max_connection_age", "max_connection_age_grace", "max_connection_idle", "handshake_timeout",
                            "ping_interval", "ping_timeout", "min_client_ping_interval"}) {
    EXPECT_THAT(with(absl::StrCat(field, ": 0s")), HasSubstr(absl::StrCat("c.yaml:2: grpc.limits.", field, ": must be ")));
    EXPECT_THAT(with(absl::StrCat(field, ": 31d")), HasSubstr(absl::StrCat("c.yaml:2: grpc.limits.", field, ": must be ")));
  }
}

}  // namespace
}  // namespace signet::server
