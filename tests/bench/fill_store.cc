// Fills a SQLite store directly: tenants, each with a ring and, as STANDARD keeps them, a key that signs and its successor. The
// token does not have them: they are idle.
//
// Usage: fill_store STORE TENANTS
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/random.h"
#include "hsm/hsm.h"
#include "hsm/software_hsm.h"
#include "keystore/key_store.h"
#include "keystore/records.h"
#include "keystore/sqlite_key_store.h"

namespace signet::bench {
namespace {

constexpr int kTenantsPerCommit = 500;

[[noreturn]] void Die(const absl::Status& status) {
  std::fprintf(stderr, "fill_store: %s\n", status.ToString().c_str());
  std::exit(1);
}

keystore::KeyRecord MakeKey(const keystore::RingRecord& ring, keystore::KeyState state, hsm::Hsm& hsm, Random& random) {
  keystore::KeyRecord key;
  const std::string id = random.Bytes(16);
  key.uid = keystore::KeyUid(absl::BytesToHexString(id));
  key.tenant = ring.tenant;
  key.ring = ring.id;
  key.algorithm = ring.algorithm;
  key.state = state;
  const absl::StatusOr<hsm::PublicKey> pair = hsm.GenerateKey({.id = id, .label = "bench", .algorithm = hsm::Algorithm::kEs256});
  if (!pair.ok()) Die(pair.status());
  // What is measured is what is kept of it: nothing here needs the private half.
  if (const absl::Status destroyed = hsm.DestroyKey(id); !destroyed.ok()) Die(destroyed);
  key.public_key_der = pair->spki_der();
  key.kid = keystore::Kid(absl::WebSafeBase64Escape(random.Bytes(32)));
  key.create_time = key.update_time = ring.create_time;
  key.publish_time = ring.create_time;
  if (state == keystore::KeyState::kEnabled) key.enable_time = ring.create_time;
  return key;
}

void Commit(keystore::KeyStore& store, keystore::Change change) {
  keystore::Event event;
  event.time = absl::Now();
  event.actor = "bench";
  event.action = "Fill";
  change.events = {event};
  const absl::StatusOr<keystore::Revision> revision = store.Commit(change);
  if (!revision.ok()) Die(revision.status());
}

void Fill(keystore::KeyStore& store, int tenants) {
  const std::unique_ptr<hsm::Hsm> hsm = hsm::CreateSoftwareHsm();
  SystemRandom random;
  for (int begin = 0; begin < tenants; begin += kTenantsPerCommit) {
    // Of a ring, at most one key of a commit is new.
    keystore::Change first;
    keystore::Change second;
    for (int i = begin; i < std::min(begin + kTenantsPerCommit, tenants); ++i) {
      keystore::TenantRecord tenant;
      tenant.id = keystore::TenantId(absl::StrCat("idle-", i));
      tenant.create_time = tenant.update_time = absl::Now();
      keystore::RingRecord ring;
      ring.tenant = tenant.id;
      ring.id = keystore::RingId("access-token");
      ring.algorithm = "ES256";
      ring.create_time = ring.update_time = tenant.create_time;
      first.puts.push_back(tenant);
      first.puts.push_back(ring);
      first.puts.push_back(MakeKey(ring, keystore::KeyState::kEnabled, *hsm, random));
      second.puts.push_back(MakeKey(ring, keystore::KeyState::kDisabled, *hsm, random));
    }
    Commit(store, std::move(first));
    Commit(store, std::move(second));
  }
}

int Main(int argc, char** argv) {
  if (argc != 3) Die(absl::InvalidArgumentError("usage: fill_store STORE TENANTS"));
  const absl::StatusOr<std::unique_ptr<keystore::KeyStore>> store = keystore::CreateSqliteKeyStore(argv[1]);
  if (!store.ok()) Die(store.status());
  Fill(**store, std::atoi(argv[2]));
  return 0;
}

}  // namespace
}  // namespace signet::bench

int main(int argc, char** argv) { return signet::bench::Main(argc, argv); }
