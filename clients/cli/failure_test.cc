#include "clients/cli/failure.h"

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "clients/cpp/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::cli {
namespace {

using absl::StatusCode;
using testing::HasSubstr;

TEST(ExitCodeOf, FollowsTheCode) {
  const std::pair<StatusCode, ExitCode> kTable[] = {
      {StatusCode::kOk, kExitOk},
      {StatusCode::kCancelled, kExitServer},
      {StatusCode::kUnknown, kExitServer},
      {StatusCode::kInvalidArgument, kExitUsage},
      {StatusCode::kDeadlineExceeded, kExitServer},
      {StatusCode::kNotFound, kExitNotFound},
      {StatusCode::kAlreadyExists, kExitConflict},
      {StatusCode::kPermissionDenied, kExitAuth},
      {StatusCode::kResourceExhausted, kExitServer},
      {StatusCode::kFailedPrecondition, kExitPrecondition},
      {StatusCode::kAborted, kExitConflict},
      {StatusCode::kOutOfRange, kExitUsage},
      {StatusCode::kUnimplemented, kExitServer},
      {StatusCode::kInternal, kExitServer},
      {StatusCode::kUnavailable, kExitServer},
      {StatusCode::kDataLoss, kExitServer},
      {StatusCode::kUnauthenticated, kExitAuth},
  };
  for (const auto& [code, exit_code] : kTable) EXPECT_EQ(ExitCodeOf(absl::Status(code, "m")), exit_code) << code;
}

TEST(ExitCodeOf, ATokenThatIsNotValidIsAnAuthenticationFailure) {
  for (absl::string_view reason : reason::kAll) {
    const ExitCode expected = reason.substr(0, 6) == "TOKEN_" ? kExitAuth : kExitUsage;
    EXPECT_EQ(ExitCodeOf(Error(StatusCode::kInvalidArgument, reason, "m")), expected) << reason;
  }
}

TEST(ExitCodeOf, OnlyTheUserCancels) {
  EXPECT_EQ(ExitCodeOf(Declined()), kExitCancelled);
  EXPECT_EQ(ExitCodeOf(Error(StatusCode::kCancelled, reason::kCallCancelled, "m")), kExitServer);
}

TEST(DescribeFailure, NamesTheCallThatTheServersLogHas) {
  const absl::Status failure =
      client::WithRequestId(Error(StatusCode::kAborted, reason::kRotationLocked, "another rotation is at work"), "r1");
  EXPECT_EQ(DescribeFailure(failure, Format::kText),
            "FAILED: another rotation is at work\n"
            "Reason: ROTATION_LOCKED\n"
            "Hint: repeat the command, which is safe\n"
            "Request id: r1\n");
  EXPECT_THAT(DescribeFailure(failure, Format::kJson), HasSubstr(R"("requestId": "r1")"));
  EXPECT_THAT(DescribeFailure(absl::UnavailableError("m"), Format::kJson), testing::Not(HasSubstr("requestId")));
}

TEST(DescribeFailure, ShowsMessageReasonAndWhenToTryAgain) {
  const absl::Status failure = Error(StatusCode::kFailedPrecondition, reason::kKeyNotYetActivatable, "key 'k1' is too young",
                                     {{"activatable_time", "t"}}, absl::Hours(12) - absl::Seconds(61));
  EXPECT_EQ(DescribeFailure(failure, Format::kText),
            "FAILED: key 'k1' is too young\n"
            "Reason: KEY_NOT_YET_ACTIVATABLE\n"
            "Hint: try again in 11h 59m, or pass --force\n");
}

TEST(DescribeFailure, RoundsTheDelayUp) {
  const auto describe = [](absl::Duration delay) {
    return DescribeFailure(Error(StatusCode::kResourceExhausted, reason::kQueueFull, "m", {}, delay), Format::kText);
  };
  EXPECT_EQ(describe(absl::Milliseconds(1)), "FAILED: m\nReason: QUEUE_FULL\nHint: try again in 1s\n");
  EXPECT_EQ(describe(absl::Seconds(61)), "FAILED: m\nReason: QUEUE_FULL\nHint: try again in 2m\n");
}

TEST(DescribeFailure, ARotationThatFindsNoRoomCanWaitOrTakeAPlace) {
  const auto describe = [](std::optional<absl::Duration> delay) {
    return DescribeFailure(Error(StatusCode::kFailedPrecondition, reason::kKeyLimitReached, "m", {}, delay), Format::kText);
  };
  EXPECT_EQ(describe(absl::Hours(49)), "FAILED: m\nReason: KEY_LIMIT_REACHED\nHint: try again in 2d 1h, or pass --force\n");
  EXPECT_EQ(describe(std::nullopt), "FAILED: m\nReason: KEY_LIMIT_REACHED\n");
}

TEST(DescribeFailure, AKeyThatIsKeptUntilItIsRevokedIsToBeRevokedFirst) {
  EXPECT_EQ(DescribeFailure(Error(StatusCode::kFailedPrecondition, reason::kKeyInRetention, "m"), Format::kText),
            "FAILED: m\nReason: KEY_IN_RETENTION\nHint: `signet revoke security/token-key` first, or pass --force\n");
}

TEST(DescribeFailure, AHintThatWasAddedComesFirst) {
  const absl::Status failure = WithHint(Error(StatusCode::kFailedPrecondition, reason::kForceRequired, "m"), "wait");
  EXPECT_EQ(DescribeFailure(failure, Format::kText), "FAILED: m\nReason: FORCE_REQUIRED\nHint: wait, or pass --force\n");
  EXPECT_EQ(GetReason(failure), reason::kForceRequired);
}

TEST(DescribeFailure, TheJsonFormHoldsAllThatIsKnown) {
  const absl::Status failure = Error(StatusCode::kFailedPrecondition, reason::kKeyInRetention, "key \"k1\" is kept",
                                     {{"deletable_time", "t"}}, absl::Seconds(90.5));
  EXPECT_EQ(DescribeFailure(failure, Format::kJson), R"({
  "error": {
    "code": "FAILED_PRECONDITION",
    "reason": "KEY_IN_RETENTION",
    "message": "key \"k1\" is kept",
    "metadata": {
      "deletable_time": "t"
    },
    "retryDelay": "91s",
    "hint": "try again in 2m, or pass --force"
  }
}
)");
}

TEST(DescribeFailure, TheJsonFormLeavesOutWhatIsNotKnown) {
  EXPECT_EQ(DescribeFailure(absl::InternalError("bad \xff byte"), Format::kJson),
            "{\n  \"error\": {\n    \"code\": \"INTERNAL\",\n    \"message\": \"bad \xEF\xBF\xBD byte\"\n  }\n}\n");
}

TEST(DescribeFailure, AUsageErrorShowsItsHintAndNoReason) {
  EXPECT_EQ(DescribeFailure(UsageError("wrong", "signet help"), Format::kText), "FAILED: wrong\nHint: signet help\n");
  EXPECT_EQ(GetReason(UsageError("wrong")), kUsageReason);
}

TEST(DescribeFailure, AMessageCannotSteerTheTerminal) {
  EXPECT_EQ(DescribeFailure(absl::InternalError("\x1b[2J"), Format::kText), "FAILED: ?[2J\n");
}

TEST(DescribeFailure, SaysHowToGetIn) {
  const auto told = [](absl::StatusCode code, absl::string_view reason, std::map<std::string, std::string> metadata = {}) {
    return DescribeFailure(Error(code, reason, "m", std::move(metadata)), Format::kText);
  };
  EXPECT_THAT(told(absl::StatusCode::kUnauthenticated, reason::kCredentialsMissing), HasSubstr("Hint: log in with `signet login`"));
  EXPECT_THAT(told(absl::StatusCode::kUnauthenticated, reason::kBearerTokenInvalid), HasSubstr("`signet login` with another"));
  EXPECT_THAT(told(absl::StatusCode::kUnauthenticated, "", {{"oauth_error", "invalid_client"}}), HasSubstr("the secret is wrong"));
  EXPECT_THAT(told(absl::StatusCode::kPermissionDenied, reason::kInsufficientScope, {{"expected", "read:audit"}}),
              HasSubstr("lacks a right; the call needs read:audit: use one that has it"));
  EXPECT_THAT(told(absl::StatusCode::kPermissionDenied, reason::kGrantExceeded), HasSubstr("nobody can give more than they have"));
  EXPECT_THAT(DescribeFailure(absl::UnauthenticatedError("m"), Format::kText), HasSubstr("Hint: `signet login`\n"));
}

}  // namespace
}  // namespace signet::cli
