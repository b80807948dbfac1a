#include "server/core/testing/sealing_key.h"

#include <cstdlib>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "hsm/public_key.h"
#include "server/core/audit_seal.h"
#include "server/core/resource_lookup.h"
#include "server/core/tenant_snapshot.h"

namespace signet::core {
namespace {

void Commit(const Services& services, std::vector<keystore::Record> puts) {
  keystore::Event event;
  event.time = services.Now();
  event.actor = "tester";
  event.action = "Prepare";
  event.tenant = SealingRing().tenant;
  if (!services.store.Commit({std::move(puts), {}, {event}}).ok()) std::abort();
}

RingState State(const Services& services) { return ReadRingState(services.store, SealingRing()).value(); }

void EnsureRing(const Services& services) {
  if (services.store.GetRing(SealingRing().tenant, SealingRing().ring).value().has_value()) return;
  keystore::TenantRecord tenant;
  tenant.id = SealingRing().tenant;
  tenant.kind = keystore::TenantKind::kSystem;
  keystore::RingRecord ring;
  ring.tenant = SealingRing().tenant;
  ring.id = SealingRing().ring;
  ring.algorithm = "ES256";
  tenant.create_time = tenant.update_time = ring.create_time = ring.update_time = services.Now();
  Commit(services, {tenant, ring});
}

}  // namespace

keystore::KeyRecord NewSealingKey(const Services& services, const std::string& kid) {
  EnsureRing(services);
  RingState state = State(services);
  std::vector<keystore::Record> puts = {state.ring};
  for (keystore::KeyRecord& key : state.keys) {
    if (key.state != keystore::KeyState::kEnabled) continue;
    key.state = keystore::KeyState::kDisabled;
    puts.emplace_back(key);
  }
  keystore::KeyRecord key;
  key.uid = keystore::KeyUid(absl::BytesToHexString(services.random.Bytes(16)));
  key.tenant = SealingRing().tenant;
  key.ring = SealingRing().ring;
  key.kid = keystore::Kid(kid);
  key.algorithm = "ES256";
  key.state = keystore::KeyState::kEnabled;
  key.create_time = key.update_time = services.Now();
  key.publish_time = key.enable_time = services.Now();
  key.public_key_der = services.hsm.GenerateKey(HsmKeySpec(services.instance_id, key)).value().spki_der();
  puts.emplace_back(key);
  Commit(services, std::move(puts));
  return key;
}

void RevokeSealingKey(const Services& services, const std::string& kid) {
  RingState state = State(services);
  std::vector<keystore::Record> puts = {state.ring};
  for (keystore::KeyRecord& key : state.keys) {
    if (key.kid.value() != kid) continue;
    key.state = keystore::KeyState::kRevoked;
    key.revoke_time = key.update_time = services.Now();
    puts.emplace_back(key);
  }
  Commit(services, std::move(puts));
}

}  // namespace signet::core
