// What the example of a configuration shows as the defaults of grpc.limits are the defaults.
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/main/config.h"
#include "server/main/grpc_limits_config.h"
#include "server/main/minimal_config.h"
#include "server/rpc/grpc_limits.h"

namespace signet::testing {
namespace {

// The example's comment from "# limits:" in the section grpc to the next empty line, as settings.
std::string LimitsOfTheExample() {
  std::ifstream file("deploy/config/signet.yaml");
  std::string section;
  for (std::string line; std::getline(file, line) && !(line.empty() && !section.empty());) {
    if (section.empty() && line != "  # limits:") continue;
    absl::StrAppend(&section, "  ", absl::string_view(line).substr(4), "\n");
  }
  return section;
}

TEST(ExampleLimitsTest, EachLimitIsShownWithItsDefault) {
  const std::string example = LimitsOfTheExample();
  const google::protobuf::Descriptor& descriptor = *config::v1::GrpcLimits::descriptor();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    EXPECT_THAT(example, ::testing::HasSubstr(absl::StrCat("    ", descriptor.field(i)->name(), ": ")));
  }
  const std::string yaml = absl::StrReplaceAll(server::kMinimal, {{"grpc:\n", absl::StrCat("grpc:\n", example)}});
  const auto config = server::ParseConfig(yaml, "c.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(server::ToGrpcLimits(config->grpc().limits()), rpc::GrpcLimits());
}

}  // namespace
}  // namespace signet::testing
