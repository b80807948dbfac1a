#include "server/main/grpc_limits_config.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/main/config.h"
#include "server/main/minimal_config.h"

namespace signet::server {
namespace {

using testing::HasSubstr;

TEST(GrpcLimitsConfigTest, TheDefaultsAreThoseOfGrpcLimits) {
  const auto config = ParseConfig(kMinimal, "c.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(ToGrpcLimits(config->grpc().limits()), rpc::GrpcLimits());
}

TEST(GrpcLimitsConfigTest, LimitsHaveRanges) {
  const auto with = [](absl::string_view limit) {
    return ErrorsOf(absl::StrReplaceAll(kMinimal, {{"grpc:\n", absl::StrCat("grpc:\n  limits: {", limit, "}\n")}}));
  };
  for (const char* field : {"max_request_bytes", "max_metadata_bytes", "max_concurrent_streams", "max_connections",
                            "max_ping_strikes", "max_memory_mib"}) {
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
