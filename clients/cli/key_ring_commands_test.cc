#include "clients/cli/key_ring_commands.h"

#include <string>

#include "clients/cli/program_runner.h"
#include "gmock/gmock.h"
#include "google/protobuf/empty.pb.h"
#include "gtest/gtest.h"
#include "signet/v1/key_service.pb.h"

namespace signet::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

v1::KeyRing Ring() {
  v1::KeyRing ring;
  ring.set_name("tenants/dev/keyRings/saml");
  ring.set_algorithm(v1::RS256_2048);
  ring.mutable_policy()->set_preset(v1::KeyPolicy::SAP_BTP);
  ring.mutable_policy()->set_max_keys(2);
  ring.mutable_policy()->mutable_activation_delay()->set_seconds(43200);
  ring.mutable_policy()->mutable_jwks_max_age();
  ring.mutable_policy()->set_retain_until_revoked(false);
  v1::KeyPolicy& effective = *ring.mutable_effective_policy();
  effective = ring.policy();
  effective.mutable_min_retention()->set_seconds(43200);
  effective.mutable_max_token_ttl()->set_seconds(86400);
  ring.mutable_create_time()->set_seconds(1706885331);
  return ring;
}

TEST(KeyRingCommands, CreateSendsAlgorithmAndPolicyAndShowsTheRing) {
  ProgramRunner runner;
  runner.server().Reply("CreateKeyRing", Ring());
  const ProgramRunner::Result result = runner.Run({"create",
                                                   "security/key-ring",
                                                   "--name",
                                                   "saml",
                                                   "--algorithm",
                                                   "rs256_2048",
                                                   "--preset",
                                                   "SAP_BTP",
                                                   "--max-keys",
                                                   "2",
                                                   "--activation-delay",
                                                   "12h",
                                                   "--min-retention",
                                                   "0s",
                                                   "--max-token-ttl",
                                                   "1d",
                                                   "--jwks-max-age",
                                                   "5m",
                                                   "--retain-until-revoked",
                                                   "false",
                                                   "--subaccount",
                                                   "dev"});
  EXPECT_EQ(result.exit_code, kExitOk) << result.err;
  EXPECT_EQ(result.out,
            "Created key ring 'saml'\n"
            "\n"
            "Name:                 saml\n"
            "Algorithm:            RS256_2048\n"
            "Preset:               SAP_BTP\n"
            "Max keys:             2\n"
            "Activation delay:     12h\n"
            "Min retention:        12h (as the preset)\n"
            "Retain until revoked: no\n"
            "Max token TTL:        1d (as the preset)\n"
            "JWKS max age:         0s\n"
            "Created:              Fri Feb 02 14:48:51 UTC 2024\n"
            "Updated:\n"
            "\n"
            "OK\n");
  const v1::CreateKeyRingRequest request = runner.server().Received<v1::CreateKeyRingRequest>("CreateKeyRing").at(0);
  EXPECT_EQ(request.parent(), "tenants/dev");
  EXPECT_EQ(request.key_ring_id(), "saml");
  EXPECT_EQ(request.key_ring().algorithm(), v1::RS256_2048);
  const v1::KeyPolicy& policy = request.key_ring().policy();
  EXPECT_EQ(policy.preset(), v1::KeyPolicy::SAP_BTP);
  EXPECT_EQ(policy.max_keys(), 2);
  EXPECT_EQ(policy.activation_delay().seconds(), 43200);
  EXPECT_TRUE(policy.has_min_retention());
  EXPECT_EQ(policy.min_retention().seconds(), 0);
  EXPECT_EQ(policy.max_token_ttl().seconds(), 86400);
  EXPECT_EQ(policy.jwks_max_age().seconds(), 300);
  EXPECT_TRUE(policy.has_retain_until_revoked());
}

TEST(KeyRingCommands, UpdateNamesWhatItChangesAndDefaultGoesBackToThePreset) {
  ProgramRunner runner;
  runner.server().Reply("UpdateKeyRing", Ring());
  const ProgramRunner::Result result =
      runner.Run({"update", "security/key-ring", "--name", "saml", "--max-keys", "default", "--min-retention=default",
                  "--retain-until-revoked", "default", "--activation-delay", "0", "--jwks-max-age", "1m", "--directory", "d1"});
  EXPECT_EQ(result.exit_code, kExitOk) << result.err;
  const v1::UpdateKeyRingRequest request = runner.server().Received<v1::UpdateKeyRingRequest>("UpdateKeyRing").at(0);
  EXPECT_EQ(request.key_ring().name(), "tenants/d1/keyRings/saml");
  EXPECT_THAT(request.update_mask().paths(), ElementsAre("policy.max_keys", "policy.retain_until_revoked",
                                                         "policy.activation_delay", "policy.min_retention", "policy.jwks_max_age"));
  EXPECT_FALSE(request.key_ring().policy().has_retain_until_revoked());
  EXPECT_TRUE(request.key_ring().policy().has_activation_delay());
  EXPECT_EQ(request.key_ring().policy().activation_delay().seconds(), 0);
  EXPECT_EQ(request.key_ring().policy().max_keys(), 0);
  EXPECT_FALSE(request.key_ring().policy().has_min_retention());
  EXPECT_EQ(request.key_ring().policy().jwks_max_age().seconds(), 60);
}

TEST(KeyRingCommands, CreateTakesDefaultAsUpdateDoes) {
  ProgramRunner runner;
  runner.server().Reply("CreateKeyRing", Ring());
  EXPECT_EQ(runner
                .Run({"create", "security/key-ring", "--name", "saml", "--max-keys=default", "--activation-delay=default",
                      "--retain-until-revoked=default", "--subaccount", "dev"})
                .exit_code,
            kExitOk);
  const v1::CreateKeyRingRequest request = runner.server().Received<v1::CreateKeyRingRequest>("CreateKeyRing").at(0);
  EXPECT_EQ(request.key_ring().policy().max_keys(), 0);
  EXPECT_FALSE(request.key_ring().policy().has_activation_delay());
  EXPECT_FALSE(request.key_ring().policy().has_retain_until_revoked());
}

TEST(KeyRingCommands, AValueThatIsNoneIsAUsageErrorBeforeAnyCall) {
  const std::pair<std::vector<std::string>, const char*> kTable[] = {
      {{"--algorithm", "ES25"}, "'ES25' is unknown: did you mean 'ES256'?"},
      {{"--algorithm", "none"}, "--algorithm: 'none' is unknown"},
      {{"--algorithm", "ALGORITHM_UNSPECIFIED"}, "is unknown"},
      {{"--preset", "PRESET_UNSPECIFIED"}, "STANDARD, SAP_BTP, SAP_EDGE, AUTH0"},
      {{"--algorithm", "RS256"}, "'RS256' is unknown: did you mean 'RS256_2048'?"},
      {{"--algorithm", "HS256"}, "'HS256' is unknown\nHint: the algorithms are ES256, "},
      {{"--algorithm", ""}, "--algorithm is empty"},
      {{"--max-keys", "many"}, "--max-keys: 'many' is not a positive whole number"},
      {{"--max-keys", "-1"}, "--max-keys: '-1' is not a positive whole number"},
      {{"--max-keys", "0"}, "--max-keys: '0' is not a positive whole number"},
      {{"--max-keys", "99999999999"}, "is not a positive whole number"},
      {{"--jwks-max-age", "300"}, "--jwks-max-age: '300' is not a duration"},
      {{}, "there is nothing to update"},
  };
  ProgramRunner runner;
  for (const auto& [parameters, message] : kTable) {
    std::vector<std::string> line = {"update", "security/key-ring", "--name", "saml", "--subaccount", "dev"};
    line.insert(line.end(), parameters.begin(), parameters.end());
    const ProgramRunner::Result result = runner.Run(line);
    EXPECT_EQ(result.exit_code, kExitUsage) << message;
    EXPECT_THAT(result.err, HasSubstr(message));
  }
  EXPECT_TRUE(runner.server().Received<v1::UpdateKeyRingRequest>("UpdateKeyRing").empty());
}

TEST(KeyRingCommands, ListShowsOneRingALine) {
  ProgramRunner runner;
  v1::ListKeyRingsResponse reply;
  *reply.add_key_rings() = Ring();
  runner.server().Reply("ListKeyRings", reply);
  EXPECT_EQ(runner.Run({"list", "security/key-ring", "--subaccount", "dev"}).out,
            "Name Algorithm  Preset  Created\n"
            "saml RS256_2048 SAP_BTP Fri Feb 02 14:48:51 UTC 2024\n"
            "\n"
            "1 entry\n"
            "\n"
            "OK\n");
  EXPECT_EQ(runner.server().Received<v1::ListKeyRingsRequest>("ListKeyRings").at(0).parent(), "tenants/dev");
}

TEST(KeyRingCommands, GetAndDeleteNameTheRing) {
  ProgramRunner runner;
  runner.server().Reply("GetKeyRing", Ring());
  EXPECT_THAT(runner.Run({"get", "security/key-ring", "--name", "saml", "--subaccount", "dev"}).out, HasSubstr("SAP_BTP"));
  EXPECT_EQ(runner.server().Received<v1::GetKeyRingRequest>("GetKeyRing").at(0).name(), "tenants/dev/keyRings/saml");
  runner.server().Reply("DeleteKeyRing", google::protobuf::Empty());
  EXPECT_EQ(runner.Run({"delete", "security/key-ring", "--name", "saml", "--subaccount", "dev", "--confirm"}).out,
            "Deleted key ring 'saml'\n\nOK\n");
  EXPECT_EQ(runner.server().Received<v1::DeleteKeyRingRequest>("DeleteKeyRing").at(0).name(), "tenants/dev/keyRings/saml");
}

}  // namespace
}  // namespace signet::cli
