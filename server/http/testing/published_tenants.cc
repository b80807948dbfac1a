#include "server/http/testing/published_tenants.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/base64url.h"
#include "keystore/memory_key_store.h"
#include "keystore/records.h"
#include "keystore/rotation_plan.h"

namespace signet::http {
namespace {

using keystore::Kid;
using keystore::RingId;
using keystore::TenantId;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

// A SubjectPublicKeyInfo with the public key of RFC 7515 appendix A.3.1.
std::string SpkiOfRfc7515() {
  return absl::StrCat(absl::HexStringToBytes("3059301306072a8648ce3d020106082a8648ce3d03010703420004"),
                      *Base64UrlDecode("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
                      *Base64UrlDecode("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"));
}

keystore::TenantRecord Tenant(const std::string& id) {
  keystore::TenantRecord tenant;
  tenant.id = TenantId(id);
  tenant.create_time = tenant.update_time = kNow;
  return tenant;
}

}  // namespace

PublishedTenants::PublishedTenants()
    : store_(keystore::CreateMemoryKeyStore()), directory_({.public_url = kPublicUrl, .instance_id = "test"}, *store_) {
  keystore::TenantRecord acme = Tenant("acme");
  acme.host_aliases = {"acme.example", "localhost"};
  Commit(acme);
  keystore::TenantRecord other = Tenant("other");
  other.issuer = "https://login.other.example";
  Commit(other);

  keystore::RingRecord ring;
  ring.tenant = acme.id;
  ring.id = RingId("access-token");
  ring.algorithm = "ES256";
  ring.policy.jwks_max_age = absl::Minutes(5);
  ring.create_time = ring.update_time = kNow;
  Commit(ring);
  AddKey("acme-key");
}

void PublishedTenants::AddKey(const std::string& kid) {
  keystore::KeyRecord key;
  // 32 hex digits, another for each kid.
  std::string uid = absl::BytesToHexString(kid.substr(0, 16));
  uid.resize(32, '0');
  key.uid = keystore::KeyUid(uid);
  key.tenant = TenantId("acme");
  key.ring = RingId("access-token");
  key.kid = Kid(kid);
  key.algorithm = "ES256";
  key.state = keystore::KeyState::kDisabled;
  key.public_key_der = SpkiOfRfc7515();
  key.create_time = key.update_time = kNow;
  key.publish_time = kNow;
  Commit(key);
}

absl::Time PublishedTenants::RotateAutomatically(absl::Time enable_time, absl::Duration period) {
  const TenantId acme("acme");
  auto ring = store_->GetRing(acme, RingId("access-token"));
  auto key = store_->GetKey(acme, Kid("acme-key"));
  EXPECT_TRUE(ring.ok() && key.ok());
  (*ring)->policy.automatic = true;
  (*ring)->policy.period = period;
  Commit(**ring);
  (*key)->state = keystore::KeyState::kEnabled;
  (*key)->enable_time = enable_time;
  Commit(**key);
  return keystore::NextRotationTime(**ring, {**key});
}

void PublishedTenants::Commit(keystore::Record record) {
  keystore::Change change;
  change.puts.push_back(std::move(record));
  keystore::Event event;
  event.time = kNow;
  event.actor = event.action = event.resource = "test";
  change.events.push_back(std::move(event));
  const auto revision = store_->Commit(change);
  ASSERT_TRUE(revision.ok()) << revision.status();
  const absl::Status refreshed = directory_.Refresh();
  ASSERT_TRUE(refreshed.ok()) << refreshed;
}

}  // namespace signet::http
