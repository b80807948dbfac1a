#ifndef SIGNET_SERVER_CORE_KEY_METER_H_
#define SIGNET_SERVER_CORE_KEY_METER_H_

#include <atomic>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "absl/time/time.h"
#include "keystore/ids.h"
#include "keystore/records.h"

namespace signet::core {

// KeyMeter counts what a key signs, in memory: what the store does not have yet, and until when it knows tokens of the key to live;
// and remembers whether the key has proven itself.
// Thread-safe, without locks. One key has one meter in a process (KeyDirectory), SigningLedger writes it behind.
class KeyMeter {
 public:
  // `bound`: the token_expiry_bound that the store has.
  KeyMeter(keystore::KeyUid uid, std::optional<absl::Time> bound)
      : uid_(std::move(uid)), bound_(bound ? absl::ToUnixMicros(*bound) : kNever) {}

  const keystore::KeyUid& uid() const { return uid_; }

  // The store's token_expiry_bound, as far as this process knows; InfinitePast if it has none.
  absl::Time bound() const {
    const int64_t bound = bound_;
    return bound == kNever ? absl::InfinitePast() : absl::FromUnixMicros(bound);
  }
  void RaiseBound(absl::Time bound) { Raise(bound_, absl::ToUnixMicros(bound)); }

  // Counts a signature. Returns true for the first one since the last Take: the meter is then to be written.
  bool Count(absl::Time now, absl::Time expiry) {
    Raise(last_signed_, absl::ToUnixMicros(now));
    Raise(latest_expiry_, absl::ToUnixMicros(expiry));
    // Last, so that whoever takes the count also takes the times.
    return signatures_.fetch_add(1) == 0;
  }

  // Takes what was counted since the last call.
  keystore::UsageUpdate Take() {
    keystore::UsageUpdate update;
    update.uid = uid_;
    update.signatures = signatures_.exchange(0);
    if (update.signatures == 0) return update;
    update.last_signed_time = absl::FromUnixMicros(last_signed_);
    update.latest_token_expiry = absl::FromUnixMicros(latest_expiry_);
    return update;
  }
  // Whether the last signature of the key that was verified in this process was right; false before the first.
  bool proven() const { return proven_.load(std::memory_order_relaxed); }
  void SetProven(bool proven) { proven_.store(proven, std::memory_order_relaxed); }

  // Puts back what could not be written. Returns true if the meter is to be written because of it, rather than for what Count has
  // said so already.
  bool PutBack(const keystore::UsageUpdate& update) {
    return update.signatures > 0 && signatures_.fetch_add(update.signatures) == 0;
  }

 private:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::min();

  static void Raise(std::atomic<int64_t>& value, int64_t to) {
    int64_t present = value;
    while (present < to && !value.compare_exchange_weak(present, to)) {
    }
  }

  const keystore::KeyUid uid_;
  std::atomic<int64_t> bound_;
  std::atomic<int64_t> signatures_ = 0;
  std::atomic<int64_t> last_signed_ = kNever;
  std::atomic<int64_t> latest_expiry_ = kNever;
  std::atomic<bool> proven_ = false;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_KEY_METER_H_
