#include "server/core/etag.h"

#include <string>

#include "base/error.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"

namespace signet::core {
namespace {

TEST(Etag, ChangesWithTheContentAndNotWithTheRevision) {
  keystore::RingRecord ring;
  ring.id = keystore::RingId("r");
  const std::string etag = EtagOf(ring);
  ring.revision = 7;
  EXPECT_EQ(EtagOf(ring), etag);
  ring.algorithm = "ES384";
  EXPECT_NE(EtagOf(ring), etag);

  keystore::TenantRecord tenant;
  const std::string tenant_etag = EtagOf(tenant);
  tenant.revision = 7;
  EXPECT_EQ(EtagOf(tenant), tenant_etag);
  tenant.display_name = "x";
  EXPECT_NE(EtagOf(tenant), tenant_etag);
}

TEST(Etag, OfAKeyDoesNotTellWhetherTheHsmStillHoldsIt) {
  keystore::KeyRecord key;
  const std::string etag = EtagOf(key);
  key.in_hsm = false;
  key.revision = 7;
  EXPECT_EQ(EtagOf(key), etag);
  key.state = keystore::KeyState::kRevoked;
  EXPECT_NE(EtagOf(key), etag);
}

TEST(Etag, ThatIsStaleIsRefused) {
  ChangeRequest request;
  EXPECT_TRUE(CheckEtag(request, "now").ok());
  request.etag = "now";
  EXPECT_TRUE(CheckEtag(request, "now").ok());
  request.etag = std::string(10'000, 'x');
  const absl::Status status = CheckEtag(request, "now");
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(GetReason(status), reason::kEtagMismatch);
}

}  // namespace
}  // namespace signet::core
