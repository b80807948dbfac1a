#include "clients/cli/watch_commands.h"

#include <optional>
#include <string>
#include <vector>

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

using testing::ElementsAre;
using testing::HasSubstr;
using Reply = v1::WatchKeysResponse;

// The message that a stream begins with.
Reply Begin(const std::string& resume_token) {
  Reply reply;
  reply.set_resume_token(resume_token);
  return reply;
}

Reply Change(const std::string& resume_token, const std::string& action) {
  Reply reply = Begin(resume_token);
  reply.mutable_time()->set_seconds(1706885331);
  reply.set_action(action);
  reply.mutable_key()->set_name("tenants/dev/keyRings/access-token/keys/k1");
  reply.mutable_key()->set_state(v1::SigningKey::ENABLED);
  reply.mutable_key()->set_role(v1::SigningKey::CURRENT);
  return reply;
}

std::string Line(const std::string& action) {
  return "Fri Feb 02 14:48:51 UTC 2024 " + action + std::string(17 - action.size(), ' ') + "k1" + std::string(42, ' ') +
         "ENABLED  CURRENT\n";
}

const absl::Status kUnavailable = Error(absl::StatusCode::kUnavailable, reason::kShuttingDown, "the server shuts down");

class WatchCommandsTest : public testing::Test {
 protected:
  ProgramRunner::Result Watch(const std::vector<std::string>& more = {}, const std::vector<std::string>& options = {}) {
    std::vector<std::string> line = options;
    line.insert(line.end(), {"watch", "security/token-key", "--subaccount", "dev"});
    line.insert(line.end(), more.begin(), more.end());
    return runner_.Run(line);
  }
  void Script(const std::vector<Reply>& replies, const std::optional<absl::Status>& ending) {
    runner_.server().Stream("WatchKeys", replies, ending);
  }
  std::vector<v1::WatchKeysRequest> Requests() { return runner_.server().Received<v1::WatchKeysRequest>("WatchKeys"); }

  ProgramRunner runner_;
};

TEST_F(WatchCommandsTest, PrintsOneLineAChangeUntilTheStreamEnds) {
  Script({Begin("t0"), Change("t1", "CreateKey"), Change("t2", "EnableKey")}, absl::OkStatus());
  const ProgramRunner::Result result = Watch();
  EXPECT_EQ(result.exit_code, kExitOk);
  EXPECT_EQ(result.out, Line("CreateKey") + Line("EnableKey") + "\nOK\n");
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(Requests().at(0).name(), "tenants/dev");
  EXPECT_EQ(Requests().at(0).resume_token(), "");
}

TEST_F(WatchCommandsTest, CountEndsAStreamThatGoesOn) {
  Script({Begin("t0"), Change("t1", "CreateKey"), Change("t2", "EnableKey"), Change("t3", "RevokeKey")}, std::nullopt);
  const ProgramRunner::Result result = Watch({"--count", "2"});
  EXPECT_EQ(result.exit_code, kExitOk);
  EXPECT_EQ(result.out, Line("CreateKey") + Line("EnableKey") + "\nOK\n");
}

TEST_F(WatchCommandsTest, AStreamWhoseTokenIsRefusedIsOpenedOnceMore) {
  const absl::Status refused = Error(absl::StatusCode::kUnauthenticated, reason::kBearerTokenInvalid, "the token has expired");
  Script({Begin("t0"), Change("t1", "CreateKey")}, refused);
  Script({Begin("t1"), Change("t2", "EnableKey")}, refused);
  Script({}, refused);
  const ProgramRunner::Result result = Watch();
  EXPECT_EQ(result.exit_code, kExitAuth);
  EXPECT_EQ(result.out, Line("CreateKey") + Line("EnableKey"));
  EXPECT_EQ(Requests().size(), 3u);
}

TEST_F(WatchCommandsTest, JsonIsOneObjectALine) {
  Script({Begin("t0"), Change("t1", "CreateKey"), Change("t2", "EnableKey")}, absl::OkStatus());
  const ProgramRunner::Result result = Watch({}, {"--format", "json"});
  const size_t end = result.out.find('\n');
  ASSERT_NE(end, std::string::npos);
  const auto first = nlohmann::json::parse(result.out.substr(0, end), nullptr, false);
  EXPECT_EQ(first["resumeToken"], "t1");
  EXPECT_EQ(first["action"], "CreateKey");
  EXPECT_EQ(first["key"]["state"], "ENABLED");
  const auto second = nlohmann::json::parse(result.out.substr(end + 1), nullptr, false);
  EXPECT_EQ(second["action"], "EnableKey");
  EXPECT_EQ(result.out.find('\n', end + 1), result.out.size() - 1);
}

TEST_F(WatchCommandsTest, TakesAKeyRingAndAResumeTokenAndTellsOfThem) {
  Script({Begin("t5"), Change("t6", "EnableKey")}, absl::OkStatus());
  const ProgramRunner::Result result = Watch({"--ring", "saml", "--resume-token", "t4"}, {"--verbose"});
  EXPECT_EQ(Requests().at(0).name(), "tenants/dev/keyRings/saml");
  EXPECT_EQ(Requests().at(0).resume_token(), "t4");
  EXPECT_THAT(result.err, HasSubstr("Resume token: t5\nResume token: t6\n"));
}

TEST_F(WatchCommandsTest, AStreamThatBreaksOffIsResumedBehindTheLastChange) {
  Script({Begin("t0"), Change("t1", "CreateKey")}, kUnavailable);
  Script({Begin("t1"), Change("t2", "EnableKey")}, absl::OkStatus());
  const ProgramRunner::Result result = Watch();
  EXPECT_EQ(result.exit_code, kExitOk);
  EXPECT_EQ(result.out, Line("CreateKey") + Line("EnableKey") + "\nOK\n");
  EXPECT_EQ(result.err, "The stream broke off: the server shuts down; trying again in 1s\n");
  ASSERT_EQ(Requests().size(), 2u);
  EXPECT_EQ(Requests()[1].resume_token(), "t1");
  EXPECT_EQ(Requests()[1].name(), "tenants/dev");
}

TEST_F(WatchCommandsTest, ThePausesGrowUntilTheServerAnswers) {
  Script({Begin("t0")}, kUnavailable);
  for (int i = 0; i < 6; ++i) Script({}, kUnavailable);
  Script({Begin("t0")}, kUnavailable);
  Script({Change("t1", "EnableKey")}, std::nullopt);
  EXPECT_EQ(Watch({"--count", "1"}).exit_code, kExitOk);
  EXPECT_THAT(runner_.sleeps, ElementsAre(absl::Seconds(1), absl::Seconds(2), absl::Seconds(4), absl::Seconds(5), absl::Seconds(5),
                                          absl::Seconds(5), absl::Seconds(5), absl::Seconds(1)));
}

TEST_F(WatchCommandsTest, TheCountGoesOnOverConnections) {
  Script({Begin("t0"), Change("t1", "CreateKey")}, kUnavailable);
  Script({Begin("t1"), Change("t2", "EnableKey")}, std::nullopt);
  EXPECT_EQ(Watch({"--count", "2"}).out, Line("CreateKey") + Line("EnableKey") + "\nOK\n");
}

TEST_F(WatchCommandsTest, AServerThatNeverAnsweredIsAFailureAtOnce) {
  Script({}, kUnavailable);
  const ProgramRunner::Result result = Watch();
  EXPECT_EQ(result.exit_code, kExitServer);
  EXPECT_EQ(result.out, "");
  EXPECT_TRUE(runner_.sleeps.empty());
}

TEST_F(WatchCommandsTest, AnyOtherFailureEndsIt) {
  Script({Begin("t0"), Change("t1", "CreateKey")},
         Error(absl::StatusCode::kInvalidArgument, reason::kResumeTokenInvalid, "wrong token", {{"field", "resume_token"}}));
  const ProgramRunner::Result result = Watch({"--resume-token", "t"});
  EXPECT_EQ(result.exit_code, kExitUsage);
  EXPECT_EQ(result.out, Line("CreateKey"));
  EXPECT_EQ(result.err, "FAILED: wrong token\nReason: RESUME_TOKEN_INVALID\nHint: check --resume-token\n");
  EXPECT_EQ(Requests().size(), 1u);
}

TEST_F(WatchCommandsTest, ACountThatIsNoneIsAUsageErrorBeforeAnyCall) {
  EXPECT_EQ(Watch({"--count", "0"}).exit_code, kExitUsage);
  EXPECT_TRUE(Requests().empty());
}

}  // namespace
}  // namespace signet::cli
