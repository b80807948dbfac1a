#include "tests/bench/store_filling.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/bench/dev_signet.h"

namespace signet::bench {

void DieUnless(const absl::Status& status) {
  if (!status.ok()) Die(absl::StrCat("the store cannot be filled: ", status.ToString()));
}

keystore::TenantRecord NewTenant(const std::string& id, absl::Time now) {
  keystore::TenantRecord tenant;
  tenant.id = keystore::TenantId(id);
  tenant.create_time = tenant.update_time = now;
  return tenant;
}

keystore::RingRecord NewRing(const keystore::TenantRecord& tenant) {
  keystore::RingRecord ring;
  ring.tenant = tenant.id;
  ring.id = keystore::RingId("access-token");
  ring.algorithm = "ES256";
  ring.create_time = ring.update_time = tenant.create_time;
  return ring;
}

void CommitNew(keystore::KeyStore& store, std::vector<keystore::Record> records) {
  keystore::Event event;
  event.time = absl::Now();
  event.actor = "bench";
  event.action = "Fill";
  keystore::Change change;
  change.puts = std::move(records);
  change.events = {event};
  DieUnless(store.Commit(change).status());
}

}  // namespace signet::bench
