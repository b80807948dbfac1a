#include "server/rpc/change_request_conversion.h"

#include "gtest/gtest.h"
#include "signet/v1/key_service.pb.h"

namespace signet::rpc {
namespace {

v1::EnableKeyRequest Request() {
  v1::EnableKeyRequest request;
  request.set_name("tenants/a/keyRings/b/keys/c");
  request.set_request_id("r1");
  return request;
}

TEST(ChangeRequestFromProto, TakesWhatTheRequestCarries) {
  v1::EnableKeyRequest request = Request();
  request.set_validate_only(true);
  const core::ChangeRequest change = ChangeRequestFromProto(request, "caller", "e");
  EXPECT_EQ(change.principal, "caller");
  EXPECT_EQ(change.request_id, "r1");
  EXPECT_EQ(change.etag, "e");
  EXPECT_EQ(change.mode, core::Mode::kValidateOnly);
  EXPECT_EQ(change.fingerprint.size(), 32u);
  EXPECT_EQ(ChangeRequestFromProto(Request(), "caller", "").mode, core::Mode::kExecute);
}

TEST(ChangeRequestFromProto, TheFingerprintLeavesOutTheRequestId) {
  v1::EnableKeyRequest other = Request();
  other.set_request_id("r2");
  EXPECT_EQ(ChangeRequestFromProto(Request(), "caller", "").fingerprint, ChangeRequestFromProto(other, "caller", "").fingerprint);
}

TEST(ChangeRequestFromProto, TheFingerprintCoversEveryOtherField) {
  const std::string fingerprint = ChangeRequestFromProto(Request(), "caller", "").fingerprint;
  v1::EnableKeyRequest forced = Request();
  forced.set_force(true);
  EXPECT_NE(ChangeRequestFromProto(forced, "caller", "").fingerprint, fingerprint);
  v1::EnableKeyRequest renamed = Request();
  renamed.set_name("tenants/a/keyRings/b/keys/d");
  EXPECT_NE(ChangeRequestFromProto(renamed, "caller", "").fingerprint, fingerprint);
}

TEST(ChangeRequestFromProto, TheSameFieldsOfAnotherMethodHaveAnotherFingerprint) {
  v1::DisableKeyRequest other;
  other.set_name(Request().name());
  other.set_request_id(Request().request_id());
  EXPECT_NE(ChangeRequestFromProto(other, "caller", "").fingerprint, ChangeRequestFromProto(Request(), "caller", "").fingerprint);
}

}  // namespace
}  // namespace signet::rpc
