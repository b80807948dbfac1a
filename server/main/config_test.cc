#include "server/main/config.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/main/minimal_config.h"

namespace signet::server {
namespace {

using config::v1::Config;
using testing::HasSubstr;

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
  EXPECT_EQ(config->hsm().call_timeout().seconds(), 5);
  EXPECT_EQ(config->hsm().spare_sessions(), 16);
  EXPECT_EQ(config->hsm().unwrapped_keys(), 10'000);
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

}  // namespace
}  // namespace signet::server
