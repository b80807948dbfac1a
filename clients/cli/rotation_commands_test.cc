#include "clients/cli/rotation_commands.h"

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "clients/cli/program_runner.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signet/v1/key_service.pb.h"

namespace signet::cli {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Fri Feb 02 14:48:51 UTC 2024
constexpr int64_t kStart = 1706885331;

std::string NameOf(const std::string& id) { return "tenants/dev/keyRings/access-token/keys/" + id; }

v1::SigningKey Key(const std::string& id, v1::SigningKey::Role role) {
  v1::SigningKey key;
  key.set_name(NameOf(id));
  key.set_kid(id);
  key.set_role(role);
  return key;
}

v1::SigningKey KeyInState(const std::string& id, v1::SigningKey::State state, v1::SigningKey::Role role) {
  v1::SigningKey key = Key(id, role);
  key.set_state(state);
  return key;
}

// A NEXT key, two PREVIOUS ones and the CURRENT one, the oldest first.
v1::ListKeysResponse Keys() {
  v1::ListKeysResponse reply;
  *reply.add_keys() = Key("old", v1::SigningKey::PREVIOUS);
  *reply.add_keys() = Key("older-than-new", v1::SigningKey::PREVIOUS);
  *reply.add_keys() = Key("now", v1::SigningKey::CURRENT);
  *reply.add_keys() = Key("then", v1::SigningKey::NEXT);
  *reply.add_keys() = Key("gone", v1::SigningKey::ROLE_UNSPECIFIED);
  reply.mutable_keys(0)->mutable_enable_time()->set_seconds(kStart);
  reply.mutable_keys(0)->mutable_disable_time()->set_seconds(kStart + 1);
  reply.mutable_keys(0)->mutable_token_expiry_bound()->set_seconds(kStart + 2);
  reply.mutable_keys(2)->mutable_enable_time()->set_seconds(kStart + 3);
  reply.mutable_keys(2)->mutable_token_expiry_bound()->set_seconds(kStart + 4);
  return reply;
}

v1::RotateKeysResponse Rotated() {
  v1::RotateKeysResponse reply;
  v1::Rotation& rotation = *reply.mutable_rotation();
  rotation.set_number(7);
  rotation.mutable_start_time()->set_seconds(kStart);
  rotation.mutable_activation_time()->set_seconds(kStart + 1);
  rotation.set_current(NameOf("then"));
  rotation.set_superseded(NameOf("now"));
  rotation.set_next(NameOf("later"));
  rotation.add_revoked(NameOf("r1"));
  rotation.add_revoked(NameOf("r2"));
  rotation.add_retired(NameOf("old"));
  reply.mutable_effective_time()->set_seconds(kStart + 6);
  return reply;
}

// A rotation whose key may sign from 12 hours after the start.
v1::RotateKeysResponse Started() {
  v1::RotateKeysResponse reply = Rotated();
  reply.mutable_rotation()->clear_activation_time();
  *reply.add_keys() = Key("now", v1::SigningKey::CURRENT);
  *reply.add_keys() = Key("then", v1::SigningKey::NEXT);
  reply.mutable_keys(1)->mutable_activatable_time()->set_seconds(kStart + 12 * 3600);
  return reply;
}

class RotationCommandsTest : public testing::Test {
 protected:
  RotationCommandsTest() { runner_.clock.Advance(absl::FromUnixSeconds(kStart) - runner_.clock.Now()); }

  ProgramRunner::Result Rotate(const std::vector<std::string>& more = {}) {
    std::vector<std::string> line = {"rotate", "security/token-key", "--subaccount", "dev"};
    line.insert(line.end(), more.begin(), more.end());
    return runner_.Run(line);
  }
  std::vector<v1::RotateKeysRequest> Rotations() { return runner_.server().Received<v1::RotateKeysRequest>("RotateKeys"); }
  size_t Lists() { return runner_.server().Received<v1::ListKeysRequest>("ListKeys").size(); }

  ProgramRunner runner_;
};

TEST_F(RotationCommandsTest, RotateSaysWhatWasDone) {
  runner_.server().Reply("RotateKeys", Rotated());
  const ProgramRunner::Result result = Rotate({"--confirm"});
  EXPECT_EQ(result.exit_code, kExitOk);
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(result.out,
            "Rotated signing keys\n"
            "\n"
            "Current:         then\n"
            "Superseded:      now\n"
            "Next:            later\n"
            "Revoked:         r1, r2\n"
            "Retired:         old\n"
            "Rotation number: 7\n"
            "Started:         Fri Feb 02 14:48:51 UTC 2024\n"
            "Activated:       Fri Feb 02 14:48:52 UTC 2024\n"
            "Effective:       Fri Feb 02 14:48:57 UTC 2024\n"
            "\n"
            "OK\n");
  ASSERT_EQ(Rotations().size(), 1u);
  EXPECT_EQ(Rotations()[0].name(), "tenants/dev/keyRings/access-token");
  EXPECT_FALSE(Rotations()[0].purge());
  EXPECT_FALSE(Rotations()[0].force());
  EXPECT_NE(Rotations()[0].request_id(), "");
  EXPECT_EQ(Lists(), 0u);
}

TEST_F(RotationCommandsTest, RotatePassesItsParametersOnAndTheWarningsBack) {
  v1::RotateKeysResponse reply = Rotated();
  reply.add_warnings("tokens can be refused for 5 minutes");
  runner_.server().Reply("RotateKeys", reply);
  const ProgramRunner::Result result =
      Rotate({"--purge", "--force", "--reason", "leaked", "--ring", "saml", "--request-id", "r1", "--confirm"});
  EXPECT_EQ(result.err, "Warning: tokens can be refused for 5 minutes\n");
  const v1::RotateKeysRequest request = Rotations().at(0);
  EXPECT_EQ(request.name(), "tenants/dev/keyRings/saml");
  EXPECT_TRUE(request.purge());
  EXPECT_TRUE(request.force());
  EXPECT_EQ(request.reason(), "leaked");
  EXPECT_EQ(request.request_id(), "r1");
}

TEST_F(RotationCommandsTest, ARotationThatWaitsSaysUntilWhen) {
  runner_.clock.Advance(absl::Seconds(40));
  runner_.server().Reply("RotateKeys", Started());
  const ProgramRunner::Result result = Rotate({"--confirm"});
  EXPECT_THAT(result.out, StartsWith("Started the rotation; key 'then' signs from Sat Feb 03 02:48:51 UTC 2024 (in 11h 59m)\n"));
  EXPECT_THAT(result.out, Not(HasSubstr("Activated")));
}

TEST_F(RotationCommandsTest, WaitShowsHowLongIsLeftAndEndsWithTheRotation) {
  runner_.err_is_terminal = true;
  runner_.server().Reply("RotateKeys", Started());
  std::vector<absl::Duration> waits;
  runner_.waiting = [&](absl::Duration duration) {
    waits.push_back(duration);
    // The server is asked every 30 seconds, and somebody forces the rotation after the first minute.
    if (waits.size() == 30) runner_.server().Reply("GetKey", KeyInState("then", v1::SigningKey::DISABLED, v1::SigningKey::NEXT));
    if (waits.size() == 60) runner_.server().Reply("GetKey", KeyInState("then", v1::SigningKey::ENABLED, v1::SigningKey::CURRENT));
    return true;
  };
  const ProgramRunner::Result result = Rotate({"--confirm", "--wait"});
  EXPECT_EQ(result.exit_code, kExitOk) << result.err;
  EXPECT_THAT(result.out, StartsWith("Started the rotation; key 'then' signs from "));
  EXPECT_THAT(result.err, StartsWith("\r\x1b[KKey 'then' signs in 12h; Ctrl-C ends the waiting"
                                     "\r\x1b[KKey 'then' signs in 11h 59m 59s; Ctrl-C ends the waiting"));
  EXPECT_THAT(result.err, EndsWith("Ctrl-C ends the waiting\r\x1b[KKey 'then' signs\n"));
  EXPECT_EQ(waits, std::vector<absl::Duration>(60, absl::Seconds(1)));
}

TEST_F(RotationCommandsTest, WaitSaysItOnceWhereThereIsNoTerminal) {
  runner_.server().Reply("RotateKeys", Started());
  int waits = 0;
  runner_.waiting = [&](absl::Duration) {
    if (++waits == 3) {
      runner_.server().Reply("GetKey", KeyInState("then", v1::SigningKey::ENABLED, v1::SigningKey::CURRENT));
    } else {
      runner_.server().Fail("GetKey", absl::UnavailableError("the server restarts"));
    }
    return true;
  };
  const ProgramRunner::Result result = Rotate({"--confirm", "--wait"});
  EXPECT_EQ(result.exit_code, kExitOk) << result.err;
  EXPECT_EQ(result.err, "Key 'then' signs in 12h\nKey 'then' signs\n");
}

TEST_F(RotationCommandsTest, CtrlCEndsTheWaitingAndNotTheRotation) {
  runner_.err_is_terminal = true;
  runner_.server().Reply("RotateKeys", Started());
  runner_.waiting = [](absl::Duration) { return false; };
  const ProgramRunner::Result result = Rotate({"--confirm", "--wait"});
  EXPECT_EQ(result.exit_code, kExitCancelled);
  EXPECT_THAT(result.out, EndsWith("\nOK\n"));
  EXPECT_THAT(
      result.err,
      EndsWith("\r\x1b[KFAILED: no longer waiting; Signet goes on with the rotation by itself\n"
               "Hint: `signet preview security/rotation` and `signet get security/token-key --key then` show how it stands\n"));
  EXPECT_EQ(Rotations().size(), 1u);
}

TEST_F(RotationCommandsTest, AWaitEndsWhenAnotherChangeOvertakesTheRotation) {
  runner_.server().Reply("RotateKeys", Started());
  runner_.waiting = [this](absl::Duration) {
    runner_.server().Reply("GetKey", KeyInState("then", v1::SigningKey::REVOKED, v1::SigningKey::ROLE_UNSPECIFIED));
    return true;
  };
  const ProgramRunner::Result result = Rotate({"--confirm", "--wait"});
  EXPECT_EQ(result.exit_code, kExitPrecondition);
  EXPECT_THAT(result.err, HasSubstr("FAILED: key 'then' is REVOKED: another change overtook the rotation\n"));
}

// A script that runs on somebody's terminal must not hang for 12 hours.
TEST_F(RotationCommandsTest, OnlyWhoWasAskedWaitsUnasked) {
  runner_.err_is_terminal = true;
  bool has_waited = false;
  runner_.waiting = [&](absl::Duration) {
    has_waited = true;
    return false;
  };
  runner_.server().Reply("RotateKeys", Started());
  EXPECT_EQ(Rotate({"--confirm"}).exit_code, kExitOk);
  EXPECT_FALSE(has_waited);
  runner_.in_is_terminal = true;
  for (const bool waits : {true, false}) {
    runner_.in = "yes\n";
    runner_.server().Reply("ListKeys", Keys());
    runner_.server().Reply("RotateKeys", Started());
    EXPECT_EQ(Rotate(waits ? std::vector<std::string>{} : std::vector<std::string>{"--wait", "false"}).exit_code,
              waits ? kExitCancelled : kExitOk);
    EXPECT_EQ(has_waited, waits);
    has_waited = false;
  }
}

TEST_F(RotationCommandsTest, AReplaySaysThatNothingWasDone) {
  v1::RotateKeysResponse reply = Rotated();
  reply.set_replayed(true);
  runner_.server().Reply("RotateKeys", reply);
  EXPECT_THAT(Rotate({"--confirm"}).out, StartsWith("Already rotated at Fri Feb 02 14:48:52 UTC 2024; nothing was done\n"));
  reply = Started();
  reply.set_replayed(true);
  runner_.server().Reply("RotateKeys", reply);
  EXPECT_THAT(Rotate({"--confirm"}).out, StartsWith("The rotation is under way already; key 'then' signs from Sat Feb 03 02:48:51 "
                                                    "UTC 2024 (in 12h 0m); nothing was done\n"));
}

TEST_F(RotationCommandsTest, TheQuestionComesBehindTheKeysInUse) {
  runner_.in_is_terminal = true;
  runner_.in = "yes\n";
  runner_.server().Reply("ListKeys", Keys());
  runner_.server().Reply("RotateKeys", Rotated());
  const ProgramRunner::Result result = Rotate();
  EXPECT_EQ(result.exit_code, kExitOk);
  EXPECT_EQ(result.err,
            "Key ID         Role     Enabled                      Disabled                     Tokens valid until\n"
            "now            CURRENT  Fri Feb 02 14:48:54 UTC 2024                              Fri Feb 02 14:48:55 UTC 2024\n"
            "older-than-new PREVIOUS\n"
            "old            PREVIOUS Fri Feb 02 14:48:51 UTC 2024 Fri Feb 02 14:48:52 UTC 2024 Fri Feb 02 14:48:53 UTC 2024\n"
            "\n"
            "Do you really want to rotate the signing keys? [no]> ");
  EXPECT_THAT(result.out, StartsWith("Rotated signing keys\n"));
  EXPECT_EQ(Lists(), 1u) << "one call shows them all";
}

TEST_F(RotationCommandsTest, ThePurgeSaysWhichKeysAreRevoked) {
  runner_.in_is_terminal = true;
  runner_.server().Reply("ListKeys", Keys());
  const ProgramRunner::Result result = Rotate({"--purge"});
  EXPECT_EQ(result.exit_code, kExitCancelled);
  EXPECT_THAT(result.err,
              HasSubstr("\n\n--purge revokes 'now', 'older-than-new', 'old': all tokens that they signed are refused at "
                        "once, whatever their expiry.\n\n"
                        "Do you really want to rotate the signing keys and revoke the earlier ones? [no]> "));
  EXPECT_EQ(result.out, "");
  EXPECT_TRUE(Rotations().empty());
}

TEST_F(RotationCommandsTest, ThePurgeTellsOfNextKeysThatItRevokes) {
  runner_.in_is_terminal = true;
  v1::ListKeysResponse keys;
  *keys.add_keys() = Key("now", v1::SigningKey::CURRENT);
  *keys.add_keys() = Key("then", v1::SigningKey::NEXT);
  *keys.add_keys() = Key("later", v1::SigningKey::NEXT);
  runner_.server().Reply("ListKeys", keys);
  EXPECT_THAT(Rotate({"--purge"}).err,
              HasSubstr("--purge revokes 'now': all tokens that it signed are refused at once, whatever their expiry.\n\n"
                        "Of the 2 NEXT keys one takes over; the others are revoked, too.\n\n"));
}

TEST_F(RotationCommandsTest, AKeyRingWithoutKeysHasNothingToShow) {
  runner_.in_is_terminal = true;
  runner_.server().Reply("ListKeys", v1::ListKeysResponse());
  EXPECT_THAT(Rotate({"--purge"}).err, StartsWith("No key of the key ring signs, or verifies what it signed.\n\nDo you "));
}

TEST_F(RotationCommandsTest, WithoutATerminalNothingIsReadOrChanged) {
  EXPECT_EQ(Rotate().exit_code, kExitUsage);
  EXPECT_EQ(Rotate({"--confirm", "false"}).exit_code, kExitCancelled);
  EXPECT_EQ(Lists(), 0u);
  EXPECT_TRUE(Rotations().empty());
}

TEST_F(RotationCommandsTest, ValidateOnlyAsksNothing) {
  runner_.in_is_terminal = true;
  runner_.server().Reply("RotateKeys", Rotated());
  const ProgramRunner::Result result = Rotate({"--validate-only"});
  EXPECT_THAT(result.out, StartsWith("Checked only: nothing was changed\n\nCurrent: "));
  EXPECT_EQ(result.err, "");
  EXPECT_TRUE(Rotations().at(0).validate_only());
}

TEST_F(RotationCommandsTest, TheKeyMustBeTheCurrentOne) {
  runner_.server().Reply("ListKeys", Keys());
  runner_.server().Reply("RotateKeys", Rotated());
  EXPECT_EQ(Rotate({"--key", "now", "--confirm"}).exit_code, kExitOk);

  runner_.server().Reply("ListKeys", Keys());
  const ProgramRunner::Result previous = Rotate({"--key", "old", "--confirm"});
  EXPECT_EQ(previous.exit_code, kExitUsage);
  EXPECT_THAT(previous.err, StartsWith("FAILED: --key: 'old' is not the current key, which is 'now'\n"));

  v1::ListKeysResponse none;
  *none.add_keys() = Key("old", v1::SigningKey::PREVIOUS);
  runner_.server().Reply("ListKeys", none);
  const ProgramRunner::Result without = Rotate({"--key", "old", "--validate-only"});
  EXPECT_EQ(without.exit_code, kExitUsage);
  EXPECT_THAT(without.err, StartsWith("FAILED: --key: 'old' is not the current key: the key ring has none\n"));
  EXPECT_EQ(Rotations().size(), 1u);
}

TEST_F(RotationCommandsTest, ARefusalSaysWhatHelps) {
  const absl::StatusCode code = absl::StatusCode::kFailedPrecondition;
  runner_.server().Fail("RotateKeys", Error(code, reason::kKeyLimitReached, "full", {}, absl::Hours(12) - absl::Seconds(90)));
  ProgramRunner::Result result = Rotate({"--confirm"});
  EXPECT_EQ(result.exit_code, kExitPrecondition);
  EXPECT_EQ(result.err, "FAILED: full\nReason: KEY_LIMIT_REACHED\nHint: try again in 11h 59m, or pass --force\n");

  runner_.server().Fail("RotateKeys", Error(code, reason::kKeyLimitReached, "full"));
  EXPECT_EQ(Rotate({"--confirm"}).err, "FAILED: full\nReason: KEY_LIMIT_REACHED\nHint: pass --force\n");

  runner_.server().Fail("RotateKeys",
                        Error(absl::StatusCode::kResourceExhausted, reason::kRotationQuota, "enough", {}, absl::Minutes(288)));
  result = Rotate({"--confirm"});
  EXPECT_EQ(result.exit_code, kExitServer);
  EXPECT_EQ(result.err, "FAILED: enough\nReason: ROTATION_QUOTA\nHint: try again in 4h 48m\n");
}

TEST_F(RotationCommandsTest, PreviewShowsTheSteps) {
  using Response = v1::PreviewRotationResponse;
  Response reply;
  const auto add = [&](int64_t seconds, Response::Step::Action action, const std::string& key) {
    Response::Step& step = *reply.add_steps();
    step.mutable_time()->set_seconds(kStart + seconds);
    step.set_action(action);
    step.set_key(key);
  };
  add(0, Response::Step::PUBLISH, "");
  add(12 * 3600, Response::Step::ACTIVATE, NameOf("then"));
  add(9 * 86400 + 3600, Response::Step::RETIRE, NameOf("now"));
  runner_.server().Reply("PreviewRotation", reply);
  EXPECT_EQ(runner_.Run({"preview", "security/rotation", "--subaccount", "dev"}).out,
            "Time                         In     Action   Key ID\n"
            "Fri Feb 02 14:48:51 UTC 2024 now    PUBLISH  (new key)\n"
            "Sat Feb 03 02:48:51 UTC 2024 12h 0m ACTIVATE then\n"
            "Sun Feb 11 15:48:51 UTC 2024 9d 1h  RETIRE   now\n"
            "\n"
            "3 entries\n"
            "\n"
            "OK\n");
  const v1::PreviewRotationRequest request = runner_.server().Received<v1::PreviewRotationRequest>("PreviewRotation").at(0);
  EXPECT_EQ(request.name(), "tenants/dev/keyRings/access-token");
  EXPECT_FALSE(request.has_start_time());
}

TEST_F(RotationCommandsTest, PreviewTakesAStart) {
  runner_.server().Reply("PreviewRotation", v1::PreviewRotationResponse());
  EXPECT_EQ(runner_
                .Run({"preview", "security/rotation", "--start", "2024-02-02T15:48:51.5+01:00", "--purge", "--force",
                      "--subaccount", "dev"})
                .exit_code,
            kExitOk);
  const v1::PreviewRotationRequest request = runner_.server().Received<v1::PreviewRotationRequest>("PreviewRotation").at(0);
  EXPECT_EQ(request.start_time().seconds(), kStart);
  EXPECT_EQ(request.start_time().nanos(), 500'000'000);
  EXPECT_TRUE(request.purge());
  EXPECT_TRUE(request.force());
}

TEST_F(RotationCommandsTest, AStartThatIsNoTimeIsAUsageError) {
  for (const char* start : {"tomorrow", "2024-02-02", "2024-02-02 14:48:51Z", " 2024-02-02T14:48:51Z", "2024-02-02T14:48:51Z ",
                            "infinite-future", "2024-13-02T14:48:51Z", "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z"}) {
    const ProgramRunner::Result result = runner_.Run({"preview", "security/rotation", "--start", start, "--subaccount", "dev"});
    EXPECT_EQ(result.exit_code, kExitUsage) << start;
    EXPECT_EQ(result.err,
              std::string("FAILED: --start: '") + start + "' is not a time\nHint: write it like 2026-06-02T10:54:03Z\n");
  }
  EXPECT_TRUE(runner_.server().Received<v1::PreviewRotationRequest>("PreviewRotation").empty());
}

}  // namespace
}  // namespace signet::cli
