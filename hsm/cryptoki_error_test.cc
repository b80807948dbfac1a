#include "hsm/cryptoki_error.h"

#include "base/error.h"
#include "gtest/gtest.h"

namespace signet::hsm {
namespace {

void ExpectStatus(CK_RV result, absl::StatusCode code, absl::string_view reason, absl::string_view name) {
  const absl::Status status = CryptokiStatus("C_Sign", result);
  EXPECT_EQ(status.code(), code) << status;
  EXPECT_EQ(GetReason(status), reason) << status;
  EXPECT_EQ(GetCkr(status), name) << status;
}

TEST(CryptokiStatus, TellsTheCallersNextMove) {
  EXPECT_TRUE(CryptokiStatus("C_Sign", CKR_OK).ok());
  ExpectStatus(CKR_PIN_INCORRECT, absl::StatusCode::kFailedPrecondition, "HSM_PIN_REFUSED", "CKR_PIN_INCORRECT");
  ExpectStatus(CKR_PIN_LOCKED, absl::StatusCode::kFailedPrecondition, "HSM_PIN_REFUSED", "CKR_PIN_LOCKED");
  ExpectStatus(CKR_MECHANISM_INVALID, absl::StatusCode::kUnimplemented, "HSM_UNSUPPORTED", "CKR_MECHANISM_INVALID");
  ExpectStatus(CKR_DEVICE_MEMORY, absl::StatusCode::kResourceExhausted, "STORAGE_FULL", "CKR_DEVICE_MEMORY");
  ExpectStatus(CKR_DEVICE_ERROR, absl::StatusCode::kUnavailable, "HSM_UNAVAILABLE", "CKR_DEVICE_ERROR");
  ExpectStatus(CKR_SESSION_COUNT, absl::StatusCode::kUnavailable, "HSM_UNAVAILABLE", "CKR_SESSION_COUNT");
  ExpectStatus(CKR_VENDOR_DEFINED + 0x12, absl::StatusCode::kUnavailable, "HSM_UNAVAILABLE", "CKR_VENDOR_DEFINED+0x12");
  ExpectStatus(0xf00, absl::StatusCode::kUnavailable, "HSM_UNAVAILABLE", "CKR_0x00000f00");
}

TEST(IsStale, IsTrueForWhatANewSessionOrLoginCanCure) {
  for (const CK_RV result : {CKR_OBJECT_HANDLE_INVALID, CKR_KEY_HANDLE_INVALID, CKR_SESSION_HANDLE_INVALID, CKR_SESSION_CLOSED,
                             CKR_USER_NOT_LOGGED_IN}) {
    EXPECT_TRUE(IsStale(CryptokiStatus("C_Sign", result))) << CkrName(result);
    EXPECT_TRUE(IsStale(Annotate(CryptokiStatus("C_Sign", result), "context"))) << CkrName(result);
  }
  for (const CK_RV result : {CKR_OK, CKR_DEVICE_ERROR, CKR_PIN_INCORRECT, CKR_GENERAL_ERROR, CKR_TOKEN_NOT_PRESENT}) {
    EXPECT_FALSE(IsStale(CryptokiStatus("C_Sign", result))) << CkrName(result);
  }
  EXPECT_FALSE(IsStale(absl::UnavailableError("CKR_SESSION_CLOSED")));
}

}  // namespace
}  // namespace signet::hsm
