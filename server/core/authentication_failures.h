#ifndef SIGNET_SERVER_CORE_AUTHENTICATION_FAILURES_H_
#define SIGNET_SERVER_CORE_AUTHENTICATION_FAILURES_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/logger.h"
#include "base/mutex.h"
#include "keystore/ids.h"
#include "keystore/key_store.h"
#include "server/core/authentication_observer.h"

namespace signet::core {

// AuthenticationFailures writes failures to authenticate into the audit trail, so that a flood of them floods neither the trail nor
// the store: those of one reason, client and tenant become at most one event "AuthenticationFailed" a minute, which counts them,
// and there are at most events_per_minute. Its actor is whom the caller claimed to be, its resource the tenant, its `after`
// {"reason","client","count","first_time","last_time"}.
//
// What cannot be written yet is kept, and written later. When more different failures than max_kept are kept, further ones are
// counted together, under the reason "TOO_MANY_DIFFERENT". Of a client only 128 printable ASCII characters are kept; nothing else
// of what the caller sent reaches this class. Thread-safe.
class AuthenticationFailures : public AuthenticationObserver {
 public:
  struct Options {
    // From one Flush of Start's thread to the next.
    absl::Duration interval = absl::Seconds(5);
    int events_per_minute = 60;
    size_t max_kept = 1000;
  };
  // All borrowed. Writes nothing by itself until Start.
  AuthenticationFailures(const Options& options, keystore::KeyStore& store, const Clock& clock, Logger& logger)
      : options_(options), store_(store), clock_(clock), logger_(logger) {}
  // As Stop.
  ~AuthenticationFailures() override;

  // Never waits for the store.
  void OnFailure(const AuthenticationFailure& failure) override;

  // Writes what may be written now.
  //   as KeyStore::Commit; nothing is lost, but after kUnavailable some may be written twice
  absl::Status Flush();

  // Starts a thread that calls Flush again and again.
  void Start();
  // Ends it, and flushes once more. Idempotent. What may not be written yet is lost then, but for its number in the log.
  void Stop();

 private:
  struct Key {
    std::string reason;
    std::string client;
    keystore::TenantId tenant;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Tally {
    int64_t count = 0;
    absl::Time first_time = absl::InfinitePast();
    absl::Time last_time = absl::InfinitePast();
    // When its last event was written; an entry stays so long that its next one is not too early.
    absl::Time write_time = absl::InfinitePast();
  };
  using Tallies = std::map<Key, Tally>;

  // The entry that failures of `key` are counted in.
  Tally& TallyOf(Key key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Takes out what may be written at `now`, those that have waited longest first.
  std::vector<Tallies::value_type> TakeDue(absl::Time now);
  void PutBack(const std::vector<Tallies::value_type>& taken);
  void Work();

  const Options options_;
  keystore::KeyStore& store_;
  const Clock& clock_;
  Logger& logger_;

  Mutex mutex_;
  CondVar wake_;
  Tallies tallies_ ABSL_GUARDED_BY(mutex_);
  // The present minute of events_per_minute, and what of it is used.
  absl::Time minute_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  int written_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_AUTHENTICATION_FAILURES_H_
