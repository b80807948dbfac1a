#include "server/rpc/status_conversion.h"

#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"

namespace signet::rpc {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

google::rpc::Status DetailsOf(const grpc::Status& status) {
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  return details;
}

google::rpc::ErrorInfo InfoOf(const grpc::Status& status) {
  google::rpc::ErrorInfo info;
  const google::rpc::Status details = DetailsOf(status);
  EXPECT_GE(details.details_size(), 1);
  EXPECT_TRUE(details.details_size() > 0 && details.details(0).UnpackTo(&info));
  return info;
}

TEST(ToGrpcStatus, OkStaysOkWithoutDetails) {
  const grpc::Status status = ToGrpcStatus(absl::OkStatus(), "r");
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(status.error_details(), "");
  EXPECT_EQ(SentReason(absl::OkStatus()), "");
}

TEST(ToGrpcStatus, AnErrorCarriesCodeMessageReasonAndMetadata) {
  const grpc::Status status = ToGrpcStatus(
      Error(absl::StatusCode::kFailedPrecondition, reason::kKeyLimitReached, "the ring is full", {{"max_keys", "2"}}), "r");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(status.error_message(), "the ring is full");
  EXPECT_EQ(DetailsOf(status).code(), static_cast<int>(grpc::StatusCode::FAILED_PRECONDITION));
  EXPECT_EQ(DetailsOf(status).message(), "the ring is full");
  const google::rpc::ErrorInfo info = InfoOf(status);
  EXPECT_EQ(info.reason(), "KEY_LIMIT_REACHED");
  EXPECT_EQ(info.domain(), "signet");
  EXPECT_THAT(info.metadata(), UnorderedElementsAre(Pair("max_keys", "2")));
  EXPECT_EQ(DetailsOf(status).details_size(), 2);
}

TEST(ToGrpcStatus, AKnownDelayBecomesRetryInfo) {
  const grpc::Status status = ToGrpcStatus(
      Error(absl::StatusCode::kFailedPrecondition, reason::kKeyNotYetActivatable, "too early", {}, absl::Milliseconds(61'500)),
      "r");
  ASSERT_EQ(DetailsOf(status).details_size(), 3);
  google::rpc::RetryInfo retry;
  ASSERT_TRUE(DetailsOf(status).details(1).UnpackTo(&retry));
  EXPECT_EQ(retry.retry_delay().seconds(), 61);
  EXPECT_EQ(retry.retry_delay().nanos(), 500'000'000);
}

TEST(ToGrpcStatus, ADefectTellsNothingButTheRequestId) {
  const grpc::Status status =
      ToGrpcStatus(Error(absl::StatusCode::kInternal, reason::kDefect, "row 7 of table keys", {{"row", "7"}}), "req-1");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_THAT(status.error_message(), HasSubstr("req-1"));
  EXPECT_THAT(status.error_message(), Not(HasSubstr("table")));
  EXPECT_THAT(status.error_details(), Not(HasSubstr("table")));
  EXPECT_EQ(InfoOf(status).reason(), "DEFECT");
  EXPECT_TRUE(InfoOf(status).metadata().empty());
}

TEST(ToGrpcStatus, AnUnexplainedInternalOrUnknownErrorIsADefect) {
  for (const absl::Status& status : {absl::InternalError("x"), absl::UnknownError("x")}) {
    EXPECT_EQ(ToGrpcStatus(status, "r").error_code(), grpc::StatusCode::INTERNAL);
    EXPECT_EQ(InfoOf(ToGrpcStatus(status, "r")).reason(), "DEFECT");
    EXPECT_EQ(SentReason(status), "DEFECT");
  }
}

TEST(ToGrpcStatus, EveryErrorNamesTheCall) {
  for (const absl::Status& status : {absl::UnavailableError("gone"), absl::InternalError("x"),
                                     Error(absl::StatusCode::kAborted, reason::kRotationLocked, "locked", {}, absl::Seconds(1))}) {
    const google::rpc::Status details = DetailsOf(ToGrpcStatus(status, "r1"));
    google::rpc::RequestInfo call;
    ASSERT_TRUE(details.details(details.details_size() - 1).UnpackTo(&call)) << status;
    EXPECT_EQ(call.request_id(), "r1");
  }
}

TEST(ToGrpcStatus, AnUnexplainedErrorOfAnotherCodeKeepsItsCodeAndHasNoReason) {
  const grpc::Status status = ToGrpcStatus(absl::UnavailableError("gone"), "r");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(DetailsOf(status).details_size(), 1);
  EXPECT_EQ(SentReason(absl::UnavailableError("gone")), "");
}

}  // namespace
}  // namespace signet::rpc
