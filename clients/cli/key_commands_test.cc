#include "clients/cli/key_commands.h"

#include <string>

#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "clients/cli/program_runner.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "signet/v1/key_service.pb.h"

namespace signet::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr char kName[] = "tenants/dev/keyRings/access-token/keys/k1";

v1::SigningKey Key(v1::SigningKey::State state, v1::SigningKey::Role role) {
  v1::SigningKey key;
  key.set_name(kName);
  key.set_kid("k1");
  key.set_algorithm(v1::ES256);
  key.set_state(state);
  key.set_role(role);
  key.mutable_create_time()->set_seconds(1706885331);
  return key;
}

std::vector<std::string> Line(const std::string& verb, const std::vector<std::string>& more = {}) {
  std::vector<std::string> line = {verb, "security/token-key", "--key", "k1", "--subaccount", "dev"};
  line.insert(line.end(), more.begin(), more.end());
  return line;
}

TEST(KeyCommands, CreateSaysWhatSapsProgramSaysAndOnStandardErrorWhatItLeavesOut) {
  ProgramRunner runner;
  v1::SigningKey key = Key(v1::SigningKey::DISABLED, v1::SigningKey::NEXT);
  key.mutable_activatable_time()->set_seconds(1706885331);
  runner.server().Reply("CreateKey", key);
  runner.clock.Advance(absl::FromUnixSeconds(1706885331 - 90) - runner.clock.Now());
  const ProgramRunner::Result early = runner.Run({"create", "security/token-key", "--subaccount", "dev"});
  EXPECT_EQ(early.out, "Created default signing key\n\nOK\n");
  EXPECT_EQ(early.err, "Key ID: k1; it can be enabled from Fri Feb 02 14:48:51 UTC 2024 (in 1m 30s)\n");
  const v1::CreateKeyRequest request = runner.server().Received<v1::CreateKeyRequest>("CreateKey").at(0);
  EXPECT_EQ(request.parent(), "tenants/dev/keyRings/access-token");
  EXPECT_EQ(request.key_id(), "");

  runner.clock.Advance(absl::Minutes(2));
  runner.server().Reply("CreateKey", key);
  EXPECT_EQ(runner.Run({"create", "security/token-key", "--subaccount", "dev"}).err, "Key ID: k1; it can be enabled now\n");
  runner.server().Reply("CreateKey", key);
  EXPECT_EQ(runner.Run({"--format", "json", "create", "security/token-key", "--subaccount", "dev"}).err, "");
}

TEST(KeyCommands, WideShowsAllThatIsKnownOfTheKey) {
  ProgramRunner runner;
  v1::SigningKey key = Key(v1::SigningKey::DISABLED, v1::SigningKey::NEXT);
  key.set_protection(v1::KeyRing::WRAPPED);
  runner.server().Reply("CreateKey", key);
  const ProgramRunner::Result result = runner.Run({"create", "security/token-key", "--subaccount", "dev", "--wide"});
  EXPECT_EQ(result.out,
            "Created default signing key\n"
            "\n"
            "Key ID:         k1\n"
            "Role:           NEXT\n"
            "State:          DISABLED\n"
            "Algorithm:      ES256\n"
            "Protection:     WRAPPED\n"
            "Fips compliant: no\n"
            "Resource:       tenants/dev/keyRings/access-token/keys/k1\n"
            "Created:        Fri Feb 02 14:48:51 UTC 2024\n"
            "Signatures:     0\n"
            "\n"
            "OK\n");
}

TEST(KeyCommands, CreateTakesAnIdAKeyRingAndAScope) {
  ProgramRunner runner;
  runner.variables["SIGNET_SUBACCOUNT"] = "other";
  runner.server().Reply("CreateKey", v1::SigningKey());
  EXPECT_EQ(
      runner.Run({"create", "security/token-key", "--key", "mine", "--ring", "saml", "--global-account", "ga", "--validate-only"})
          .exit_code,
      kExitOk);
  const v1::CreateKeyRequest request = runner.server().Received<v1::CreateKeyRequest>("CreateKey").at(0);
  EXPECT_EQ(request.parent(), "tenants/ga/keyRings/saml");
  EXPECT_EQ(request.key_id(), "mine");
  EXPECT_TRUE(request.validate_only());
}

TEST(KeyCommands, ListIsInTheLayoutOfSapsProgram) {
  ProgramRunner runner;
  v1::ListKeysResponse reply;
  *reply.add_keys() = Key(v1::SigningKey::DISABLED, v1::SigningKey::PREVIOUS);
  *reply.add_keys() = Key(v1::SigningKey::ENABLED, v1::SigningKey::CURRENT);
  reply.mutable_keys(0)->set_kid("default-jwt-key-491aae9c42");
  reply.mutable_keys(1)->set_kid("default-jwt-key-ca81ebbb43");
  reply.mutable_keys(1)->mutable_create_time()->set_seconds(1707144146);
  for (v1::SigningKey& key : *reply.mutable_keys()) key.set_fips_compliant(true);
  runner.server().Reply("ListKeys", reply);
  EXPECT_EQ(runner.Run({"list", "security/token-key", "--subaccount", "dev"}).out,
            "Key ID                     Enabled   Created                      Fips Compliant \n"
            "default-jwt-key-491aae9c42           Fri Feb 02 14:48:51 UTC 2024 yes\n"
            "default-jwt-key-ca81ebbb43 yes       Mon Feb 05 14:42:26 UTC 2024 yes\n"
            "\n"
            "2 entries\n"
            "\n"
            "OK\n");
  runner.server().Reply("ListKeys", v1::ListKeysResponse());
  EXPECT_EQ(runner.Run({"list", "security/token-key", "--subaccount", "dev"}).out,
            "Key ID Enabled   Created Fips Compliant \n\n0 entries\n\nOK\n");
}

TEST(KeyCommands, AShortListShowsAndCountsTheKeysThatVerifyAlone) {
  ProgramRunner runner;
  v1::ListKeysResponse reply;
  for (const v1::SigningKey::State state :
       {v1::SigningKey::PENDING_GENERATION, v1::SigningKey::DISABLED, v1::SigningKey::ENABLED, v1::SigningKey::REVOKED,
        v1::SigningKey::DESTROYED, v1::SigningKey::GENERATION_FAILED}) {
    v1::SigningKey& key = *reply.add_keys();
    key = Key(state, v1::SigningKey::ROLE_UNSPECIFIED);
    key.set_kid(v1::SigningKey::State_Name(state));
  }
  runner.server().Reply("ListKeys", reply);
  EXPECT_EQ(runner.Run({"list", "security/token-key", "--subaccount", "dev", "--show-destroyed"}).out,
            "Key ID   Enabled   Created                      Fips Compliant \n"
            "DISABLED           Fri Feb 02 14:48:51 UTC 2024 no\n"
            "ENABLED  yes       Fri Feb 02 14:48:51 UTC 2024 no\n"
            "\n"
            "2 entries\n"
            "\n"
            "OK\n");
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"list", "security/token-key", "--subaccount", "dev", "--wide"},
        std::vector<std::string>{"--format", "json", "list", "security/token-key", "--subaccount", "dev"}}) {
    runner.server().Reply("ListKeys", reply);
    EXPECT_THAT(runner.Run(words).out, testing::AllOf(HasSubstr("REVOKED"), HasSubstr("GENERATION_FAILED")));
  }
}

TEST(KeyCommands, ListShowsAKeyThatIsNotFipsCompliant) {
  ProgramRunner runner;
  v1::ListKeysResponse reply;
  *reply.add_keys() = Key(v1::SigningKey::ENABLED, v1::SigningKey::CURRENT);
  runner.server().Reply("ListKeys", reply);
  EXPECT_THAT(runner.Run({"list", "security/token-key", "--subaccount", "dev"}).out,
              HasSubstr("\nk1     yes       Fri Feb 02 14:48:51 UTC 2024 no\n"));
}

TEST(KeyCommands, AWideListShowsRolesAndWhatWasSigned) {
  ProgramRunner runner;
  runner.variables["SIGNET_SUBACCOUNT"] = "dev";
  v1::ListKeysResponse reply;
  *reply.add_keys() = Key(v1::SigningKey::REVOKED, v1::SigningKey::ROLE_UNSPECIFIED);
  *reply.add_keys() = Key(v1::SigningKey::DISABLED, v1::SigningKey::PREVIOUS);
  reply.mutable_keys(1)->set_signature_count(12);
  reply.mutable_keys(1)->mutable_last_signed_time()->set_seconds(1706885332);
  reply.mutable_keys(1)->mutable_latest_token_expiry()->set_seconds(1706885333);
  reply.mutable_keys(1)->mutable_retire_time()->set_seconds(1706885334);
  runner.server().Reply("ListKeys", reply);
  EXPECT_EQ(runner.Run({"list", "security/token-key", "--wide", "--show-destroyed"}).out,
            "Key ID Role     State    Algorithm Created                      Signatures Last Signed                  "
            "Latest Token Expiry          Retires\n"
            "k1     NONE     REVOKED  ES256     Fri Feb 02 14:48:51 UTC 2024 0\n"
            "k1     PREVIOUS DISABLED ES256     Fri Feb 02 14:48:51 UTC 2024 12         Fri Feb 02 14:48:52 UTC 2024 "
            "Fri Feb 02 14:48:53 UTC 2024 Fri Feb 02 14:48:54 UTC 2024\n"
            "\n"
            "2 entries\n"
            "\n"
            "OK\n");
  const v1::ListKeysRequest request = runner.server().Received<v1::ListKeysRequest>("ListKeys").at(0);
  EXPECT_EQ(request.parent(), "tenants/dev/keyRings/access-token");
  EXPECT_TRUE(request.show_destroyed());
}

TEST(KeyCommands, GetShowsAllThatIsKnown) {
  ProgramRunner runner;
  v1::SigningKey key = Key(v1::SigningKey::DISABLED, v1::SigningKey::PREVIOUS);
  key.set_signature_count(1234567890123);
  key.set_fips_compliant(true);
  int64_t seconds = 1706885332;
  for (google::protobuf::Timestamp* time :
       {key.mutable_publish_time(), key.mutable_activatable_time(), key.mutable_enable_time(), key.mutable_disable_time(),
        key.mutable_deletable_time(), key.mutable_retire_time(), key.mutable_revoke_time(), key.mutable_destroy_time(),
        key.mutable_effective_time(), key.mutable_last_signed_time(), key.mutable_latest_token_expiry(),
        key.mutable_token_expiry_bound()}) {
    time->set_seconds(seconds++);
  }
  runner.server().Reply("GetKey", key);
  EXPECT_EQ(runner.Run(Line("get")).out,
            "Key ID:              k1\n"
            "Role:                PREVIOUS\n"
            "State:               DISABLED\n"
            "Algorithm:           ES256\n"
            "Fips compliant:      yes\n"
            "Resource:            tenants/dev/keyRings/access-token/keys/k1\n"
            "Created:             Fri Feb 02 14:48:51 UTC 2024\n"
            "Published:           Fri Feb 02 14:48:52 UTC 2024\n"
            "Activatable:         Fri Feb 02 14:48:53 UTC 2024\n"
            "Enabled:             Fri Feb 02 14:48:54 UTC 2024\n"
            "Disabled:            Fri Feb 02 14:48:55 UTC 2024\n"
            "Deletable:           Fri Feb 02 14:48:56 UTC 2024\n"
            "Retires:             Fri Feb 02 14:48:57 UTC 2024\n"
            "Revoked:             Fri Feb 02 14:48:58 UTC 2024\n"
            "Deleted:             Fri Feb 02 14:48:59 UTC 2024\n"
            "Effective:           Fri Feb 02 14:49:00 UTC 2024\n"
            "Signatures:          1234567890123\n"
            "Last signed:         Fri Feb 02 14:49:01 UTC 2024\n"
            "Latest token expiry: Fri Feb 02 14:49:02 UTC 2024\n"
            "Token expiry bound:  Fri Feb 02 14:49:03 UTC 2024\n"
            "\n"
            "OK\n");
}

TEST(KeyCommands, GetInJsonIsTheMessage) {
  ProgramRunner runner;
  runner.server().Reply("GetKey", Key(v1::SigningKey::ENABLED, v1::SigningKey::CURRENT));
  const auto key = nlohmann::json::parse(
      runner.Run({"--format", "json", "get", "security/token-key", "--key", "k1", "--subaccount", "dev"}).out, nullptr, false);
  EXPECT_EQ(key["name"], kName);
  EXPECT_EQ(key["state"], "ENABLED");
  EXPECT_EQ(key["createTime"], "2024-02-02T14:48:51Z");
}

// Row is a verb, the RPC that it calls, what it says when it is done, and whether it asks first.
struct Row {
  const char* verb;
  const char* rpc;
  const char* done;
  bool asks;
};

class KeyVerbTest : public testing::TestWithParam<Row> {};

INSTANTIATE_TEST_SUITE_P(Verbs, KeyVerbTest,
                         testing::Values(Row{"enable", "EnableKey", "Enabled", false},
                                         Row{"disable", "DisableKey", "Disabled", false},
                                         Row{"revoke", "RevokeKey", "Revoked", true}, Row{"delete", "DeleteKey", "Deleted", true}),
                         [](const auto& info) { return std::string(info.param.rpc); });

// The requests of all verbs have the same fields, under the same numbers.
std::vector<v1::EnableKeyRequest> Requests(ProgramRunner& runner) {
  return runner.server().Received<v1::EnableKeyRequest>(KeyVerbTest::GetParam().rpc);
}

TEST_P(KeyVerbTest, NamesTheKeyAndSaysWhatWasDone) {
  ProgramRunner runner;
  runner.server().Reply(GetParam().rpc, Key(v1::SigningKey::DISABLED, v1::SigningKey::NEXT));
  const ProgramRunner::Result result =
      runner.Run(Line(GetParam().verb, GetParam().asks ? std::vector<std::string>{"--confirm"} : std::vector<std::string>{}));
  EXPECT_EQ(result.exit_code, kExitOk) << result.err;
  EXPECT_EQ(result.out, std::string(GetParam().done) + " signing key 'k1'\n\nOK\n");
  EXPECT_EQ(result.err, "");
  ASSERT_EQ(Requests(runner).size(), 1u);
  EXPECT_EQ(Requests(runner)[0].name(), kName);
  EXPECT_FALSE(Requests(runner)[0].force());
  EXPECT_NE(Requests(runner)[0].request_id(), "");
}

TEST_P(KeyVerbTest, ForceIsPassedOnAndTheServersWarningsAreShown) {
  ProgramRunner runner;
  v1::SigningKey key = Key(v1::SigningKey::DISABLED, v1::SigningKey::NEXT);
  key.add_warnings("tokens can be refused");
  key.add_warnings("by \x1b[2J verifiers");
  runner.server().Reply(GetParam().rpc, key);
  std::vector<std::string> more = {"--force"};
  if (GetParam().asks) more.push_back("--confirm");
  const ProgramRunner::Result result = runner.Run(Line(GetParam().verb, more));
  EXPECT_EQ(result.exit_code, kExitOk);
  EXPECT_EQ(result.err, "Warning: tokens can be refused\nWarning: by ?[2J verifiers\n");
  EXPECT_TRUE(Requests(runner).at(0).force());
}

TEST_P(KeyVerbTest, InJsonTheReplyHasTheWarnings) {
  ProgramRunner runner;
  v1::SigningKey key = Key(v1::SigningKey::DISABLED, v1::SigningKey::NEXT);
  key.add_warnings("tokens can be refused");
  runner.server().Reply(GetParam().rpc, key);
  std::vector<std::string> line = Line(GetParam().verb, {"--force"});
  if (GetParam().asks) line.push_back("--confirm");
  line.insert(line.begin(), {"--format", "json"});
  const ProgramRunner::Result result = runner.Run(line);
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(nlohmann::json::parse(result.out, nullptr, false)["warnings"][0], "tokens can be refused");
}

TEST_P(KeyVerbTest, ValidateOnlySaysThatNothingWasChangedAndAsksNothing) {
  ProgramRunner runner;
  runner.server().Reply(GetParam().rpc, Key(v1::SigningKey::DISABLED, v1::SigningKey::NEXT));
  const ProgramRunner::Result result = runner.Run(Line(GetParam().verb, {"--validate-only"}));
  EXPECT_THAT(result.out, StartsWith("Checked only: nothing was changed\n\nKey ID: "));
  EXPECT_TRUE(Requests(runner).at(0).validate_only());
}

TEST_P(KeyVerbTest, AsksBeforeWhatCannotBeUndone) {
  if (!GetParam().asks) return;  // enabling and disabling can be undone
  ProgramRunner runner;
  EXPECT_EQ(runner.Run(Line(GetParam().verb)).exit_code, kExitUsage);
  runner.in_is_terminal = true;
  runner.in = "\n";
  const ProgramRunner::Result result = runner.Run(Line(GetParam().verb));
  EXPECT_EQ(result.exit_code, kExitCancelled);
  EXPECT_EQ(result.err, std::string("Do you really want to ") + GetParam().verb +
                            " signing key 'k1'? [no]> FAILED: not confirmed; nothing was changed\n");
  EXPECT_EQ(runner.Run(Line(GetParam().verb, {"--confirm", "false"})).exit_code, kExitCancelled);
  EXPECT_TRUE(Requests(runner).empty());
}

TEST_P(KeyVerbTest, ARefusalOfTheServerDecidesTheExitCode) {
  ProgramRunner runner;
  runner.server().Fail(GetParam().rpc, Error(absl::StatusCode::kFailedPrecondition, reason::kForceRequired, "refused"));
  const ProgramRunner::Result result =
      runner.Run(Line(GetParam().verb, GetParam().asks ? std::vector<std::string>{"--confirm"} : std::vector<std::string>{}));
  EXPECT_EQ(result.exit_code, kExitPrecondition);
  EXPECT_EQ(result.err, "FAILED: refused\nReason: FORCE_REQUIRED\nHint: pass --force\n");
}

TEST(KeyCommands, AnEnabledKeyCanBeRevokedByForceAndNotDeleted) {
  ProgramRunner runner;
  const absl::Status enabled = Error(absl::StatusCode::kFailedPrecondition, reason::kKeyEnabled, "refused");
  runner.server().Fail("RevokeKey", enabled);
  EXPECT_EQ(runner.Run(Line("revoke", {"--confirm"})).err,
            "FAILED: refused\nReason: KEY_ENABLED\nHint: enable another key first, or pass --force\n");
  runner.server().Fail("DeleteKey", enabled);
  EXPECT_EQ(runner.Run(Line("delete", {"--confirm"})).err, "FAILED: refused\nReason: KEY_ENABLED\n");
}

TEST(KeyCommands, EnableWaitsForTheTimeIfThatIsAskedFor) {
  ProgramRunner runner;
  runner.server().Fail(
      "EnableKey", Error(absl::StatusCode::kFailedPrecondition, reason::kKeyNotYetActivatable, "too early", {}, absl::Seconds(90)));
  runner.waiting = [&](absl::Duration duration) {
    EXPECT_EQ(duration, absl::Seconds(90));
    runner.server().Reply("EnableKey", Key(v1::SigningKey::ENABLED, v1::SigningKey::CURRENT));
    return true;
  };
  const ProgramRunner::Result result = runner.Run(Line("enable", {"--wait"}));
  EXPECT_EQ(result.exit_code, kExitOk);
  EXPECT_EQ(result.err, "Key 'k1' can be enabled in 1m 30s\n");
  EXPECT_EQ(result.out, "Enabled signing key 'k1'\n\nOK\n");
}

TEST(KeyCommands, CtrlCLeavesTheKeyThatIsWaitedForAlone) {
  ProgramRunner runner;
  runner.server().Fail(
      "EnableKey", Error(absl::StatusCode::kFailedPrecondition, reason::kKeyNotYetActivatable, "too early", {}, absl::Hours(12)));
  runner.waiting = [](absl::Duration) { return false; };
  const ProgramRunner::Result result = runner.Run(Line("enable", {"--wait"}));
  EXPECT_EQ(result.exit_code, kExitCancelled);
  EXPECT_EQ(result.err,
            "Key 'k1' can be enabled in 12h\n"
            "FAILED: no longer waiting; nothing was changed\n"
            "Hint: repeat the command, then or with --wait\n");
  EXPECT_EQ(runner.server().Received<v1::EnableKeyRequest>("EnableKey").size(), 1u);
}

TEST(KeyCommands, AScopeThatIsNotKnownIsSaidBeforeAnythingIsAsked) {
  ProgramRunner runner;
  runner.in_is_terminal = true;
  const ProgramRunner::Result result = runner.Run({"delete", "security/token-key", "--key", "k1"});
  EXPECT_EQ(result.exit_code, kExitUsage);
  EXPECT_THAT(result.err, HasSubstr("pass --subaccount ID"));
  EXPECT_THAT(result.err, testing::Not(HasSubstr("really")));
}

}  // namespace
}  // namespace signet::cli
