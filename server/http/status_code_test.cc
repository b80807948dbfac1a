#include "server/http/status_code.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/error_reason.h"

namespace signet::http {
namespace {

using absl::StatusCode;

TEST(StatusCodeTest, EachCodeHasAStatusThatTellsTheNextMove) {
  const std::pair<StatusCode, int> statuses[] = {
      {StatusCode::kInvalidArgument, 400},   {StatusCode::kOutOfRange, 400},       {StatusCode::kUnimplemented, 409},
      {StatusCode::kUnauthenticated, 401},   {StatusCode::kPermissionDenied, 403}, {StatusCode::kNotFound, 404},
      {StatusCode::kAborted, 409},           {StatusCode::kAlreadyExists, 409},    {StatusCode::kFailedPrecondition, 409},
      {StatusCode::kResourceExhausted, 503}, {StatusCode::kUnavailable, 503},      {StatusCode::kDeadlineExceeded, 503},
      {StatusCode::kInternal, 500},          {StatusCode::kUnknown, 500},          {StatusCode::kDataLoss, 500}};
  for (const auto& [code, status] : statuses) EXPECT_EQ(HttpStatusOf(absl::Status(code, "x")), status) << code;
}

TEST(StatusCodeTest, TooOftenIs429AndAFullQueueIsNot) {
  EXPECT_EQ(HttpStatusOf(Error(StatusCode::kResourceExhausted, reason::kRateLimited, "x")), 429);
  EXPECT_EQ(HttpStatusOf(Error(StatusCode::kResourceExhausted, reason::kRotationQuota, "x")), 429);
  EXPECT_EQ(HttpStatusOf(Error(StatusCode::kResourceExhausted, reason::kQueueFull, "x")), 503);
}

}  // namespace
}  // namespace signet::http
