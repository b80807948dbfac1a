#include "server/core/seeded_store.h"

#include <optional>
#include <utility>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "gtest/gtest.h"
#include "hsm/software_hsm.h"
#include "keystore/memory_key_store.h"
#include "server/core/tenant_snapshot.h"

namespace signet::core {

namespace {

template <typename R>
keystore::Revision RevisionOf(const absl::StatusOr<std::optional<R>>& stored) {
  EXPECT_TRUE(stored.ok()) << stored.status();
  return stored.ok() && stored->has_value() ? (*stored)->revision : 0;
}

// Sets the revision of a record to that which is stored.
struct TakeRevision {
  keystore::KeyStore& store;
  void operator()(keystore::TenantRecord& tenant) const { tenant.revision = RevisionOf(store.GetTenant(tenant.id)); }
  void operator()(keystore::RingRecord& ring) const { ring.revision = RevisionOf(store.GetRing(ring.tenant, ring.id)); }
  void operator()(keystore::KeyRecord& key) const { key.revision = RevisionOf(store.GetKeyByUid(key.uid)); }
  void operator()(keystore::RequestRecord& request) const {
    request.revision = RevisionOf(store.GetRequest(request.scope, request.request_id));
  }
  void operator()(keystore::CredentialRecord& credential) const {
    credential.revision = RevisionOf(store.GetCredential(credential.tenant, credential.id));
  }
  void operator()(keystore::WrappedKeyRecord& wrapped) const { wrapped.revision = RevisionOf(store.GetWrappedKey(wrapped.key)); }
  // Written once.
  void operator()(keystore::WrappingKeyRecord& wrapping_key) const { wrapping_key.revision = 0; }
  void operator()(keystore::RevokedToken& token) const { token.revision = 0; }
};

}  // namespace

SeededStore::SeededStore() : store_(keystore::CreateMemoryKeyStore()), hsm_(hsm::CreateSoftwareHsm()) {
  const absl::StatusOr<std::string> instance_id = store_->InstanceId();
  EXPECT_TRUE(instance_id.ok()) << instance_id.status();
  if (instance_id.ok()) instance_id_ = *instance_id;
}

void SeededStore::Put(std::vector<keystore::Record> records) {
  keystore::Change change;
  for (keystore::Record& record : records) {
    std::visit(TakeRevision{*store_}, record);
    change.puts.push_back(std::move(record));
  }
  keystore::Event event;
  event.actor = "test";
  event.action = "Seed";
  change.events.push_back(std::move(event));
  const absl::StatusOr<keystore::Revision> revision = store_->Commit(change);
  EXPECT_TRUE(revision.ok()) << revision.status();
}

RingName SeededStore::AddTenant(const std::string& id) {
  keystore::TenantRecord tenant;
  tenant.id = keystore::TenantId(id);
  Put({tenant});
  const RingName ring = {tenant.id, keystore::RingId(std::string(kAccessTokenRing))};
  AddRing(ring);
  return ring;
}

void SeededStore::AddRing(const RingName& name, const keystore::KeyPolicy& policy) {
  keystore::RingRecord ring;
  ring.tenant = name.tenant;
  ring.id = name.ring;
  ring.algorithm = "ES256";
  ring.policy = policy;
  Put({ring});
}

keystore::KeyRecord SeededStore::AddKey(const RingName& ring, hsm::Algorithm algorithm, keystore::KeyState state) {
  keystore::KeyRecord key;
  key.uid = keystore::KeyUid(absl::BytesToHexString(random_.Bytes(16)));
  key.tenant = ring.tenant;
  key.ring = ring.ring;
  key.algorithm = std::string(hsm::GetAlgorithmInfo(algorithm).name);
  key.state = state;
  const absl::StatusOr<hsm::PublicKey> public_key = hsm_->GenerateKey(HsmKeySpec(instance_id_, key));
  EXPECT_TRUE(public_key.ok()) << public_key.status();
  if (public_key.ok()) {
    key.public_key_der = public_key->spki_der();
    key.kid = keystore::Kid(public_key->thumbprint());
  }
  Put({key});
  return key;
}

void SeededStore::SetState(keystore::KeyRecord& key, keystore::KeyState state) {
  key.state = state;
  Put({key});
}

}  // namespace signet::core
