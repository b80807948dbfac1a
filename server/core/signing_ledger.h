#ifndef SIGNET_SERVER_CORE_SIGNING_LEDGER_H_
#define SIGNET_SERVER_CORE_SIGNING_LEDGER_H_

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "keystore/ids.h"
#include "keystore/key_store.h"
#include "keystore/policy.h"
#include "server/core/key_meter.h"

namespace signet::core {

// SigningLedger keeps in the store what keys have signed, so that retention rests on evidence. Thread-safe.
//
// Counts are written behind, every flush_interval. The bound of the expiry of a key's tokens is written ahead: no token is released
// that lives beyond the bound that the store has, so that no crash can lose it. The bound is moved in steps of kBoundStep, and with
// the next counts once half a step is left, so that hardly any signature waits for the store.
class SigningLedger {
 public:
  struct Options {
    absl::Duration flush_interval = absl::Seconds(1);
    // How long Admit waits for the store, and Flush for a write that others have begun. Nobody waits for a write
    // that has taken as long already.
    absl::Duration patience = absl::Seconds(2);
  };
  static constexpr absl::Duration kBoundStep = keystore::kTokenExpiryStep;

  // `store` is borrowed. Starts a thread.
  SigningLedger(const Options& options, keystore::KeyStore& store);
  // As Stop.
  ~SigningLedger();

  // Makes sure that the store knows that the key of `meter` signs a token that lives until `expiry`. To be called before the token
  // is released.
  //   kAborted      CONCURRENT_CHANGE: the key does not sign any more; look for the one that does
  //   kUnavailable  STORE_UNAVAILABLE: the store did not take it within Options::patience, failed just now, or has been at another
  //                write for as long; safe to retry
  absl::Status Admit(const std::shared_ptr<KeyMeter>& meter, absl::Time expiry);  // Shared with the key's snapshots.

  // Counts a signature that was released at `now`. `expiry` is what Admit admitted.
  void Count(const std::shared_ptr<KeyMeter>& meter, absl::Time now, absl::Time expiry);  // Shared with the key's snapshots.

  // Writes what has been counted so far, and the bounds that are to be moved. While the store fails, or hangs in a write, it is not
  // asked again for each call.
  //   as KeyStore::RecordUsage, or kUnavailable STORE_UNAVAILABLE; what could not be written is written later
  absl::Status Flush();

  // For how long the store has not taken what is to be written, as it fails or hangs: from the start of the first such write. Zero
  // while nothing is being written. Never waits for the store.
  absl::Duration UnwrittenFor() const;

  // Ends the thread and flushes once more. Idempotent. What is admitted and counted afterwards is not written.
  void Stop();

 private:
  // A bound to be written, and what came of it.
  struct Extension {
    std::shared_ptr<KeyMeter> meter;  // Shared with the key's snapshots.
    absl::Time bound;
    bool done = false;
    absl::Status outcome;
  };

  void Work();
  // Writes wanted_ and dirty_, in one transaction. Waits for others' writes for `patience`.
  absl::Status Write(absl::Duration patience);
  // What is left of the patience of someone who has waited for the store since `start`.
  absl::Duration LeftOf(absl::Duration patience, std::chrono::steady_clock::time_point start) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Has the thread write a bound for `expiry` when it next writes.
  std::shared_ptr<Extension> Extend(const std::shared_ptr<KeyMeter>& meter, absl::Time expiry)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  keystore::KeyStore& store_;

  mutable Mutex mutex_;
  CondVar work_;
  CondVar written_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // Not being written yet; shared with those who wait for them.
  std::map<keystore::KeyUid, std::shared_ptr<Extension>> wanted_ ABSL_GUARDED_BY(mutex_);
  // Somebody waits for one of those.
  bool is_awaited_ ABSL_GUARDED_BY(mutex_) = false;
  // Meters that have counted since they were last written; shared with the keys' snapshots.
  std::vector<std::shared_ptr<KeyMeter>> dirty_ ABSL_GUARDED_BY(mutex_);
  // The last write failed; the thread tries again by itself.
  bool failing_ ABSL_GUARDED_BY(mutex_) = false;
  // Since when some thread writes: another waits, so that Flush returns only when what was taken before it is written as well.
  std::optional<std::chrono::steady_clock::time_point> writing_since_ ABSL_GUARDED_BY(mutex_);
  // Since the start of the first write that has not succeeded, and that none has followed that did.
  std::optional<std::chrono::steady_clock::time_point> unwritten_since_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_SIGNING_LEDGER_H_
