#ifndef SIGNET_SERVER_CORE_RATE_LIMITER_H_
#define SIGNET_SERVER_CORE_RATE_LIMITER_H_

#include <array>
#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "keystore/ids.h"
#include "server/core/access.h"
#include "server/core/principal.h"

namespace signet::core {

// Rate is how often calls may come: `burst` at once, and then `per_second`.
struct Rate {
  // 0: as often as they like.
  double per_second = 0;
  // At least 1.
  int burst = 1;
};

// RateLimiter counts calls against the rates of their caller and of its tenant (GCRA). Thread-safe; waits for nothing.
//
// A call that one of the two refuses costs the other nothing: who floods uses up their own rate, and no more of their tenant's than
// that. Names are kept while their rate is partly used, the latest `max_names` of them at most: one that is dropped before starts
// afresh, so that a flood of names loosens limits and tightens none.
class RateLimiter {
 public:
  struct Rates {
    Rate per_principal;
    Rate per_tenant;
  };
  struct Options {
    Rates administrative;
    Rates signing;
    Rates token;
    size_t max_names = 65536;
  };
  // `clock` is borrowed; if it is set back, the rates start afresh.
  RateLimiter(const Options& options, const Clock& clock);

  // Verdict is about the one of the two rates that has least left.
  struct Verdict {
    // OK, or
    //   kResourceExhausted  RATE_LIMITED, with `limit`, and when the next of the calls that were refused can follow
    absl::Status status;
    // The calls that were let in; less than were asked for only if status is an error.
    int granted = 0;
    // The burst; 0 where nothing limits.
    int limit = 0;
    // Calls that could follow at once.
    int remaining = 0;
    // After how long all of the burst is there again.
    absl::Duration reset;
  };
  // Counts `calls` calls at once, at least 1, or as many of them as the rates allow. `principal` is the caller's name, or what
  // stands for one before it is known; a call of no tenant counts against the principal alone.
  Verdict Count(CallClass call_class, absl::string_view principal, const std::optional<keystore::TenantId>& tenant, int calls = 1);

  // The same, of which only the status matters.
  absl::Status Check(CallClass call_class, const Principal& principal) {
    return Count(call_class, principal.name, principal.tenant).status;
  }

  // Names that are kept now.
  size_t size() const;

 private:
  // Bucket is what a name has used of its rate: the time at which, if nothing more came, all of it would be there again.
  struct Bucket {
    std::string key;
    absl::Time full_at;
  };
  // Shard holds a part of the names, so that callers seldom wait for each other.
  struct Shard {
    mutable Mutex mutex;
    // The latest first.
    std::list<Bucket> buckets ABSL_GUARDED_BY(mutex);
    std::unordered_map<std::string, std::list<Bucket>::iterator> index ABSL_GUARDED_BY(mutex);
  };
  static constexpr size_t kShards = 16;

  const Rates& RatesOf(CallClass call_class) const;
  Verdict Take(const Rate& rate, const std::string& key, int calls);
  // Undoes `calls` of what a Take granted.
  void GiveBack(const Rate& rate, const std::string& key, int calls);
  Shard& ShardOf(const std::string& key);
  Bucket& Touch(Shard& shard, const std::string& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);

  const Options options_;
  const Clock& clock_;
  std::array<Shard, kShards> shards_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_RATE_LIMITER_H_
