// The configuration in YAML (server/main/config.h).

#include <string>

#include "absl/status/statusor.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "server/main/config.h"
#include "tests/fuzz/fuzz.h"

namespace signet::fuzz {

void TestOneInput(absl::string_view input) {
  absl::StatusOr<config::v1::Config> config = server::ParseConfig(input, "signet.yaml");
  if (!config.ok()) {
    Require(absl::IsInvalidArgument(config.status()) && GetReason(config.status()) == reason::kInvalidField,
            "a configuration is refused with a reason");
    return;
  }
  // Protobuf parses no string that is not UTF-8.
  config::v1::Config again;
  Require(again.ParseFromString(config->SerializeAsString()), "a valid configuration is a valid message");
  server::SetDefaults(again);
  Require(again.SerializeAsString() == config->SerializeAsString(), "a valid configuration has its defaults");
  Require(config->hsm().sessions() > 0 && !config->store().sqlite_path().empty(), "a valid configuration has what is required");
}

}  // namespace signet::fuzz
