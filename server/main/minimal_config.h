#ifndef SIGNET_SERVER_MAIN_MINIMAL_CONFIG_H_
#define SIGNET_SERVER_MAIN_MINIMAL_CONFIG_H_

#include <string>

#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "server/main/config.h"

namespace signet::server {

// The least that is needed; a test replaces a line of it.
inline constexpr absl::string_view kMinimal = R"(grpc:
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

// What is wrong with `yaml`, a file "c.yaml".
inline std::string ErrorsOf(absl::string_view yaml) {
  const absl::StatusOr<config::v1::Config> config = ParseConfig(yaml, "c.yaml");
  EXPECT_EQ(config.status().code(), absl::StatusCode::kInvalidArgument) << yaml;
  EXPECT_EQ(GetReason(config.status()), reason::kInvalidField) << yaml;
  return std::string(config.status().message());
}

// The errors of kMinimal with `from` replaced by `to`.
inline std::string ErrorsWith(absl::string_view from, absl::string_view to) {
  const std::string yaml = absl::StrReplaceAll(kMinimal, {{from, to}});
  EXPECT_NE(yaml, kMinimal) << from;
  return ErrorsOf(yaml);
}

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_MINIMAL_CONFIG_H_
