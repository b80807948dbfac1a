#ifndef SIGNET_TESTS_BENCH_STORE_FILLING_H_
#define SIGNET_TESTS_BENCH_STORE_FILLING_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "keystore/key_store.h"
#include "keystore/records.h"

namespace signet::bench {

// What programs share that fill a store directly, without the use cases: a store that is filled in part measures nothing, so any
// error ends the program.
void DieUnless(const absl::Status& status);

template <typename T>
T ValueOrDie(absl::StatusOr<T> value) {
  DieUnless(value.status());
  return *std::move(value);
}

// A tenant, and the ring that every tenant starts with.
keystore::TenantRecord NewTenant(const std::string& id, absl::Time now);
keystore::RingRecord NewRing(const keystore::TenantRecord& tenant);

// Commits new records, with one event for all. Of a ring, at most one key.
void CommitNew(keystore::KeyStore& store, std::vector<keystore::Record> records);

}  // namespace signet::bench

#endif  // SIGNET_TESTS_BENCH_STORE_FILLING_H_
