// Fills a SQLite store directly: tenants, each with a ring and, as STANDARD keeps them, a key that signs and its successor. The
// token does not have them: they are idle.
//
// Usage: fill_store STORE TENANTS
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
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
#include "tests/bench/store_filling.h"

namespace signet::bench {
namespace {

constexpr int kTenantsPerCommit = 500;

keystore::KeyRecord MakeKey(const keystore::RingRecord& ring, keystore::KeyState state, hsm::Hsm& hsm, Random& random) {
  keystore::KeyRecord key;
  const std::string id = random.Bytes(16);
  key.uid = keystore::KeyUid(absl::BytesToHexString(id));
  key.tenant = ring.tenant;
  key.ring = ring.id;
  key.algorithm = ring.algorithm;
  key.state = state;
  key.public_key_der = ValueOrDie(hsm.GenerateKey({.id = id, .label = "bench", .algorithm = hsm::Algorithm::kEs256})).spki_der();
  // What is measured is what is kept of it: nothing here needs the private half.
  DieUnless(hsm.DestroyKey(id));
  key.kid = keystore::Kid(absl::WebSafeBase64Escape(random.Bytes(32)));
  key.create_time = key.update_time = ring.create_time;
  key.publish_time = ring.create_time;
  if (state == keystore::KeyState::kEnabled) key.enable_time = ring.create_time;
  return key;
}

void Fill(keystore::KeyStore& store, int tenants) {
  const std::unique_ptr<hsm::Hsm> hsm = hsm::CreateSoftwareHsm();
  SystemRandom random;
  for (int begin = 0; begin < tenants; begin += kTenantsPerCommit) {
    // Of a ring, at most one key of a commit is new.
    std::vector<keystore::Record> first;
    std::vector<keystore::Record> second;
    for (int i = begin; i < std::min(begin + kTenantsPerCommit, tenants); ++i) {
      const keystore::TenantRecord tenant = NewTenant(absl::StrCat("idle-", i), absl::Now());
      const keystore::RingRecord ring = NewRing(tenant);
      first.push_back(tenant);
      first.push_back(ring);
      first.push_back(MakeKey(ring, keystore::KeyState::kEnabled, *hsm, random));
      second.push_back(MakeKey(ring, keystore::KeyState::kDisabled, *hsm, random));
    }
    CommitNew(store, std::move(first));
    CommitNew(store, std::move(second));
  }
}

int Main(int argc, char** argv) {
  if (argc != 3) DieUnless(absl::InvalidArgumentError("usage: fill_store STORE TENANTS"));
  const std::unique_ptr<keystore::KeyStore> store = ValueOrDie(keystore::CreateSqliteKeyStore(argv[1]));
  Fill(*store, std::atoi(argv[2]));
  return 0;
}

}  // namespace
}  // namespace signet::bench

int main(int argc, char** argv) { return signet::bench::Main(argc, argv); }
