#include "tests/integration/lossy_key_store.h"

#include <random>

#include "base/error.h"
#include "base/error_reason.h"

namespace signet::testing {

absl::StatusOr<keystore::Revision> LossyKeyStore::Commit(const keystore::Change& change) {
  absl::StatusOr<keystore::Revision> revision = store_->Commit(change);
  const uint64_t one_in = one_in_;
  if (!revision.ok() || one_in == 0) return revision;
  // Not every n-th: the steps of a change would meet the same fate each time.
  if (std::mt19937_64(++commits_)() % one_in != 0) return revision;
  ++lost_;
  return Error(absl::StatusCode::kUnavailable, reason::kStoreUnavailable, "the answer was lost");
}

}  // namespace signet::testing
