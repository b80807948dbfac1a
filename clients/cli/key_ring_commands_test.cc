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
  ring.set_protection(v1::KeyRing::WRAPPED);
  ring.mutable_policy()->set_preset(v1::KeyPolicy::SAP_BTP);
  ring.mutable_policy()->set_max_keys(2);
  ring.mutable_policy()->mutable_activation_delay()->set_seconds(43200);
  ring.mutable_policy()->mutable_jwks_max_age();
  ring.mutable_policy()->set_retain_until_revoked(false);
  v1::KeyPolicy& effective = *ring.mutable_effective_policy();
  effective = ring.policy();
  effective.mutable_min_retention()->set_seconds(43200);
  effective.mutable_max_token_ttl()->set_seconds(86400);
  effective.mutable_period()->set_seconds(90 * 86400);
  effective.set_automatic(true);
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
                                                   "--protection",
                                                   "wrapped",
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
            "Protection:           WRAPPED\n"
            "Preset:               SAP_BTP\n"
            "Max keys:             2\n"
            "Keep next:            no (as the preset)\n"
            "Rotate automatically: yes (as the preset)\n"
            "Period:               90d (as the preset)\n"
            "Activation delay:     12h\n"
            "Min retention:        12h (as the preset)\n"
            "Retain until revoked: no\n"
            "Retirement delay:     none: keys stay until they are deleted (as the preset)\n"
            "Signing grace:        0s (as the preset)\n"
            "Idempotency window:   0s (as the preset)\n"
            "Rotations per day:    unlimited (as the preset)\n"
            "Revoked history:      0 (as the preset)\n"
            "Max token TTL:        1d (as the preset)\n"
            "JWKS max age:         0s\n"
            "Created:              Fri Feb 02 14:48:51 UTC 2024\n"
            "Updated:\n"
            "Next rotation:        none planned\n"
            "\n"
            "OK\n");
  const v1::CreateKeyRingRequest request = runner.server().Received<v1::CreateKeyRingRequest>("CreateKeyRing").at(0);
  EXPECT_EQ(request.parent(), "tenants/dev");
  EXPECT_EQ(request.key_ring_id(), "saml");
  EXPECT_EQ(request.key_ring().algorithm(), v1::RS256_2048);
  EXPECT_EQ(request.key_ring().protection(), v1::KeyRing::WRAPPED);
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

TEST(KeyRingCommands, EveryFieldCanBeSet) {
  ProgramRunner runner;
  runner.server().Reply("UpdateKeyRing", Ring());
  const ProgramRunner::Result result = runner.Run({"update",
                                                   "security/key-ring",
                                                   "--name",
                                                   "saml",
                                                   "--subaccount",
                                                   "dev",
                                                   "--protection",
                                                   "TOKEN",
                                                   "--keep-next",
                                                   "--rotate-automatically",
                                                   "false",
                                                   "--period",
                                                   "30d",
                                                   "--retirement-delay",
                                                   "7d",
                                                   "--signing-grace",
                                                   "10m",
                                                   "--idempotency-window",
                                                   "0",
                                                   "--rotations-per-day",
                                                   "0",
                                                   "--revoked-history",
                                                   "5",
                                                   "--common-name",
                                                   "shop",
                                                   "--organization=",
                                                   "--organizational-unit",
                                                   "IT",
                                                   "--country",
                                                   "DE",
                                                   "--certificate-validity",
                                                   "365d"});
  EXPECT_EQ(result.exit_code, kExitOk) << result.err;
  const v1::UpdateKeyRingRequest request = runner.server().Received<v1::UpdateKeyRingRequest>("UpdateKeyRing").at(0);
  EXPECT_THAT(
      request.update_mask().paths(),
      ElementsAre("protection", "policy.rotations_per_day", "policy.revoked_history", "policy.keep_next", "policy.automatic",
                  "policy.period", "policy.retirement_delay", "policy.signing_grace", "policy.idempotency_window",
                  "certificate_profile.common_name", "certificate_profile.organization", "certificate_profile.organizational_unit",
                  "certificate_profile.country", "certificate_profile.validity"));
  EXPECT_EQ(request.key_ring().protection(), v1::KeyRing::TOKEN);
  const v1::KeyPolicy& policy = request.key_ring().policy();
  EXPECT_TRUE(policy.keep_next());
  EXPECT_TRUE(policy.has_automatic());
  EXPECT_FALSE(policy.automatic());
  EXPECT_EQ(policy.period().seconds(), 30 * 86400);
  EXPECT_EQ(policy.retirement_delay().seconds(), 7 * 86400);
  EXPECT_EQ(policy.signing_grace().seconds(), 600);
  EXPECT_TRUE(policy.has_idempotency_window());
  EXPECT_EQ(policy.idempotency_window().seconds(), 0);
  EXPECT_TRUE(policy.has_rotations_per_day());
  EXPECT_EQ(policy.rotations_per_day(), 0);
  EXPECT_EQ(policy.revoked_history(), 5);
  const v1::CertificateProfile& profile = request.key_ring().certificate_profile();
  EXPECT_EQ(profile.common_name(), "shop");
  EXPECT_EQ(profile.organization(), "");
  EXPECT_EQ(profile.organizational_unit(), "IT");
  EXPECT_EQ(profile.country(), "DE");
  EXPECT_EQ(profile.validity().seconds(), 365 * 86400);
}

TEST(KeyRingCommands, DefaultResetsEveryFieldThatIsNoText) {
  ProgramRunner runner;
  runner.server().Reply("UpdateKeyRing", Ring());
  std::vector<std::string> line = {"update", "security/key-ring", "--name", "saml", "--subaccount", "dev"};
  for (const char* parameter : {"max-keys", "keep-next", "rotate-automatically", "period", "activation-delay", "min-retention",
                                "retain-until-revoked", "retirement-delay", "signing-grace", "idempotency-window",
                                "rotations-per-day", "revoked-history", "max-token-ttl", "jwks-max-age", "certificate-validity"}) {
    line.push_back(std::string("--") + parameter + "=default");
  }
  const ProgramRunner::Result result = runner.Run(line);
  EXPECT_EQ(result.exit_code, kExitOk) << result.err;
  const v1::UpdateKeyRingRequest request = runner.server().Received<v1::UpdateKeyRingRequest>("UpdateKeyRing").at(0);
  EXPECT_EQ(request.update_mask().paths_size(), 15);
  EXPECT_EQ(request.key_ring().policy().ByteSizeLong(), 0u);
  EXPECT_EQ(request.key_ring().certificate_profile().ByteSizeLong(), 0u);
}

TEST(KeyRingCommands, GetShowsTheCertificatesAndTheRotations) {
  ProgramRunner runner;
  v1::KeyRing ring = Ring();
  ring.mutable_certificate_profile()->set_common_name("shop");
  ring.mutable_certificate_profile()->mutable_validity()->set_seconds(86400);
  ring.mutable_policy()->set_rotations_per_day(5);
  v1::Rotation& rotation = *ring.mutable_rotation();
  rotation.set_number(3);
  rotation.set_automatic(true);
  rotation.set_purge(true);
  rotation.set_force(true);
  rotation.set_reason("leaked");
  rotation.mutable_start_time()->set_seconds(1706885331);
  ring.mutable_next_rotation_time()->set_seconds(1706885332);
  const std::vector<std::string> line = {"get", "security/key-ring", "--name", "saml", "--subaccount", "dev"};
  runner.server().Reply("GetKeyRing", ring);
  EXPECT_THAT(runner.Run(line).out, HasSubstr("Rotations per day:    5\n"));
  runner.server().Reply("GetKeyRing", ring);
  EXPECT_THAT(runner.Run(line).out, HasSubstr("Common name:          shop\n"
                                              "Certificate validity: 1d\n"
                                              "Created:              Fri Feb 02 14:48:51 UTC 2024\n"
                                              "Updated:\n"
                                              "Last rotation:        number 3, automatic, with purge, forced\n"
                                              "Rotation reason:      leaked\n"
                                              "Rotation started:     Fri Feb 02 14:48:51 UTC 2024\n"
                                              "Rotation activated:   under way\n"
                                              "Next rotation:        Fri Feb 02 14:48:52 UTC 2024\n"));
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
      {{"--protection", "PROTECTION_UNSPECIFIED"}, "the values are TOKEN, WRAPPED"},
      {{"--algorithm", "RS256"}, "'RS256' is unknown: did you mean 'RS256_2048'?"},
      {{"--algorithm", "HS256"}, "'HS256' is unknown\nHint: the algorithms are ES256, "},
      {{"--algorithm", ""}, "--algorithm is empty"},
      {{"--max-keys", "many"}, "--max-keys: 'many' is not a positive whole number"},
      {{"--max-keys", "-1"}, "--max-keys: '-1' is not a positive whole number"},
      {{"--max-keys", "0"}, "--max-keys: '0' is not a positive whole number"},
      {{"--max-keys", "99999999999"}, "is not a positive whole number"},
      {{"--rotations-per-day", "-1"}, "--rotations-per-day: '-1' is not a whole number from 0"},
      {{"--revoked-history", "few"}, "--revoked-history: 'few' is not a whole number from 0"},
      {{"--certificate-validity", "1y"}, "--certificate-validity: '1y' is not a duration"},
      {{"--rotate-automatically", "maybe"}, "--rotate-automatically is true, false or default, not 'maybe'"},
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
  reply.mutable_key_rings(0)->mutable_next_rotation_time()->set_seconds(1706885332);
  runner.server().Reply("ListKeyRings", reply);
  EXPECT_EQ(runner.Run({"list", "security/key-ring", "--subaccount", "dev"}).out,
            "Name Algorithm  Preset  Automatic Created                      Next Rotation\n"
            "saml RS256_2048 SAP_BTP yes       Fri Feb 02 14:48:51 UTC 2024 Fri Feb 02 14:48:52 UTC 2024\n"
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
