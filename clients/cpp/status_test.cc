#include "clients/cpp/status.h"

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"

namespace signet::client {
namespace {

google::rpc::ErrorInfo ErrorInfo(const std::string& domain, const std::string& reason) {
  google::rpc::ErrorInfo error_info;
  error_info.set_domain(domain);
  error_info.set_reason(reason);
  (*error_info.mutable_metadata())["key"] = "k1";
  return error_info;
}

TEST(FromGrpc, SuccessIsOk) { EXPECT_TRUE(FromGrpc(grpc::Status::OK).ok()); }

TEST(FromGrpc, ReadsReasonMetadataAndRetryDelay) {
  google::rpc::Status wire;
  wire.add_details()->PackFrom(ErrorInfo("signet", "KEY_IN_RETENTION"));
  google::rpc::RetryInfo retry_info;
  retry_info.mutable_retry_delay()->set_seconds(90);
  retry_info.mutable_retry_delay()->set_nanos(500'000'000);
  wire.add_details()->PackFrom(retry_info);
  const absl::Status status =
      FromGrpc(grpc::Status(grpc::StatusCode::FAILED_PRECONDITION, "key 'k1' is in retention", wire.SerializeAsString()));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(), "key 'k1' is in retention");
  EXPECT_EQ(GetErrorDetail(status), (ErrorDetail{std::string(reason::kKeyInRetention), {{"key", "k1"}}, absl::Seconds(90.5)}));
}

TEST(FromGrpc, ReadsTheRequestIdAlsoWithoutAReason) {
  google::rpc::Status wire;
  google::rpc::RequestInfo call;
  call.set_request_id("r1");
  wire.add_details()->PackFrom(call);
  const absl::Status status = FromGrpc(grpc::Status(grpc::StatusCode::UNAVAILABLE, "m", wire.SerializeAsString()));
  EXPECT_EQ(RequestIdOf(status), "r1");
  EXPECT_EQ(GetErrorDetail(status), std::nullopt);
  EXPECT_EQ(RequestIdOf(FromGrpc(grpc::Status(grpc::StatusCode::UNAVAILABLE, "m"))), "");
}

TEST(WithRequestId, KeepsWhatTheServerSaid) {
  const absl::Status status = WithRequestId(absl::UnavailableError("m"), "first");
  EXPECT_EQ(RequestIdOf(WithRequestId(status, "second")), "first");
  EXPECT_EQ(RequestIdOf(WithRequestId(absl::UnavailableError("m"), "")), "");
}

TEST(FromGrpc, AReasonOfAnotherDomainIsNotOurs) {
  google::rpc::Status wire;
  wire.add_details()->PackFrom(ErrorInfo("googleapis.com", "KEY_NOT_FOUND"));
  EXPECT_EQ(GetErrorDetail(FromGrpc(grpc::Status(grpc::StatusCode::NOT_FOUND, "m", wire.SerializeAsString()))), std::nullopt);
}

TEST(FromGrpc, DetailsThatCannotBeParsedAreIgnored) {
  const absl::Status status = FromGrpc(grpc::Status(grpc::StatusCode::UNAVAILABLE, "m", "\xff\xff"));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(GetErrorDetail(status), std::nullopt);
}

}  // namespace
}  // namespace signet::client
