#include "clients/cli/settings_commands.h"

#include <string>
#include <vector>

#include "clients/cli/program_runner.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "signet/v1/key_service.pb.h"

namespace signet::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kRing[] = "tenants/dev/keyRings/access-token";

v1::KeyRing Ring() {
  v1::KeyRing ring;
  ring.set_name(kRing);
  ring.mutable_effective_policy()->set_automatic(true);
  ring.mutable_next_rotation_time()->set_seconds(1780397643);
  return ring;
}

// A key that signs, one that did, and one that is gone.
v1::ListKeysResponse Keys() {
  v1::ListKeysResponse reply;
  for (const char* id : {"old", "now", "gone"}) {
    v1::SigningKey& key = *reply.add_keys();
    key.set_kid(id);
    key.mutable_create_time()->set_seconds(1706885331);
    key.set_fips_compliant(true);
  }
  reply.mutable_keys(0)->set_state(v1::SigningKey::DISABLED);
  reply.mutable_keys(0)->mutable_disable_time()->set_seconds(1706885333);
  reply.mutable_keys(1)->set_state(v1::SigningKey::ENABLED);
  reply.mutable_keys(1)->mutable_enable_time()->set_seconds(1706885332);
  reply.mutable_keys(2)->set_state(v1::SigningKey::REVOKED);
  return reply;
}

TEST(SettingsCommands, ListShowsTheRotationAndTheKeys) {
  ProgramRunner runner;
  runner.server().Reply("GetKeyRing", Ring());
  runner.server().Reply("ListKeys", Keys());
  EXPECT_EQ(runner.Run({"list", "security/settings", "--subaccount", "dev"}).out,
            "Rotate signing key automatically: true\n"
            "Next rotation:                    Tue Jun 02 10:54:03 UTC 2026\n"
            "Active key:                       now\n"
            "Keys:                             old, now\n"
            "\n"
            "OK\n");
  EXPECT_EQ(runner.server().Received<v1::GetKeyRingRequest>("GetKeyRing").at(0).name(), kRing);
  EXPECT_EQ(runner.server().Received<v1::ListKeysRequest>("ListKeys").at(0).parent(), kRing);
}

TEST(SettingsCommands, JsonIsThatOfSapsSettings) {
  ProgramRunner runner;
  runner.server().Reply("GetKeyRing", Ring());
  runner.server().Reply("ListKeys", Keys());
  const auto json = nlohmann::ordered_json::parse(
      runner.Run({"--format", "json", "list", "security/settings", "--subaccount", "dev"}).out, nullptr, false);
  EXPECT_EQ(json, nlohmann::ordered_json::parse(R"({"tokenPolicySettings":{
      "accessTokenValidity":-1,"refreshTokenValidity":-1,"refreshTokenUnique":false,"activeKeyId":"now","keyIds":["old","now"],
      "keys":{
        "old":{"created":"Fri Feb 02 14:48:51 UTC 2024","lastModifiedAt":"Fri Feb 02 14:48:53 UTC 2024","nextRotationDate":null,
               "fipsCompliant":true},
        "now":{"created":"Fri Feb 02 14:48:51 UTC 2024","lastModifiedAt":"Fri Feb 02 14:48:52 UTC 2024",
               "nextRotationDate":"Tue Jun 02 10:54:03 UTC 2026","fipsCompliant":true}}},
      "rotateSigningKeyAutomatically":true})"));
}

TEST(SettingsCommands, WithoutKeysAndPlansTheyAreEmpty) {
  ProgramRunner runner;
  v1::KeyRing ring;
  ring.set_name(kRing);
  ring.mutable_policy()->mutable_max_token_ttl()->set_seconds(3600);
  runner.server().Reply("GetKeyRing", ring);
  runner.server().Reply("ListKeys", v1::ListKeysResponse());
  const auto json = nlohmann::json::parse(runner.Run({"--format", "json", "list", "security/settings", "--subaccount", "dev"}).out,
                                          nullptr, false);
  EXPECT_TRUE(json["tokenPolicySettings"]["activeKeyId"].is_null());
  EXPECT_EQ(json["tokenPolicySettings"]["keyIds"], nlohmann::json::array());
  EXPECT_EQ(json["tokenPolicySettings"]["keys"], nlohmann::json::object());
  EXPECT_EQ(json["tokenPolicySettings"]["accessTokenValidity"], 3600);
  EXPECT_EQ(json["rotateSigningKeyAutomatically"], false);
}

TEST(SettingsCommands, UpdateSwitchesAutomaticRotationAlone) {
  struct Row {
    std::vector<std::string> value;
    bool automatic;
  };
  for (const Row& row : {Row{{}, true}, Row{{"true"}, true}, Row{{"false"}, false}}) {
    ProgramRunner runner;
    runner.server().Reply("UpdateKeyRing", Ring());
    runner.server().Reply("ListKeys", Keys());
    std::vector<std::string> line = {"update", "security/settings", "--subaccount", "dev", "--rotate-signing-key-automatically"};
    line.insert(line.end(), row.value.begin(), row.value.end());
    const ProgramRunner::Result result = runner.Run(line);
    EXPECT_EQ(result.exit_code, kExitOk) << result.err;
    EXPECT_THAT(result.out, testing::StartsWith("Updated security settings\n\nRotate signing key automatically: true\n"));
    const auto request = runner.server().Received<v1::UpdateKeyRingRequest>("UpdateKeyRing").at(0);
    EXPECT_EQ(request.key_ring().name(), kRing);
    EXPECT_EQ(request.key_ring().policy().automatic(), row.automatic);
    EXPECT_THAT(request.update_mask().paths(), ElementsAre("policy.automatic"));
  }
}

TEST(SettingsCommands, UpdateNeedsASetting) {
  ProgramRunner runner;
  const ProgramRunner::Result result = runner.Run({"update", "security/settings", "--subaccount", "dev"});
  EXPECT_EQ(result.exit_code, kExitUsage);
  EXPECT_THAT(result.err, HasSubstr("needs --rotate-signing-key-automatically"));
}

}  // namespace
}  // namespace signet::cli
