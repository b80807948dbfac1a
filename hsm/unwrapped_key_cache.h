#ifndef SIGNET_HSM_UNWRAPPED_KEY_CACHE_H_
#define SIGNET_HSM_UNWRAPPED_KEY_CACHE_H_

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "base/mutex.h"
#include "hsm/key_spec.h"
#include "hsm/key_wrapper.h"

namespace signet::hsm {

// UnwrappedKeyCache keeps at most so many unwrapped keys, those that were used last. Whoever has got one may use it for as long as
// they keep the pointer, whatever becomes of it in here. Thread-safe; no lock is held while a key is unwrapped or dies.
template <typename Key>
class UnwrappedKeyCache {
 public:
  // Shared: with whoever signs with the key.
  using Pointer = std::shared_ptr<const Key>;
  using IsAlive = absl::FunctionRef<bool(const Key&)>;
  using Unwrap = absl::FunctionRef<absl::StatusOr<Pointer>()>;

  // At least 1.
  explicit UnwrappedKeyCache(size_t capacity) : capacity_(std::max<size_t>(capacity, 1)) {}

  // Returns the key that was unwrapped for this id, label and algorithm, if it is still alive; nullptr otherwise.
  Pointer Find(const KeySpec& spec, IsAlive is_alive) {
    Pointer dead;  // Dies after the lock is released.
    MutexLock lock(mutex_);
    const auto found = entries_.find(spec.id);
    if (found == entries_.end()) return nullptr;
    const Entry& entry = *found->second;
    if (!is_alive(*entry.key)) {
      dead = entry.key;
      Remove(found);
      return nullptr;
    }
    if (!IsFor(entry.spec, spec)) return nullptr;
    by_use_.splice(by_use_.begin(), by_use_, found->second);
    ++statistics_.hits;
    return entry.key;
  }

  // Has `unwrap` unwrap a key that Find did not find, by one caller at a time for each key: others wait for what that one gets, an
  // error too, until it has taken as long as `patience`, whenever they came. Who comes after the key was forgotten waits for none
  // that began before.
  //   kUnavailable  HSM_UNAVAILABLE: the other one takes longer than `patience`
  //   as unwrap
  absl::StatusOr<Pointer> Get(const KeySpec& spec, absl::Duration patience, IsAlive is_alive, Unwrap unwrap) {
    std::shared_ptr<Flight> flight;  // Shared: with those who wait for it.
    {
      MutexLock lock(mutex_);
      ++statistics_.misses;
      if (const std::shared_ptr<Flight> other = FindFlight(spec)) return Await(*other, patience);
      // It may have landed since the look-up.
      const auto found = entries_.find(spec.id);
      if (found != entries_.end() && IsFor(found->second->spec, spec) && is_alive(*found->second->key)) return found->second->key;
      flight = std::make_shared<Flight>(spec);
      flights_.push_back(flight);
    }
    absl::StatusOr<Pointer> key = unwrap();
    const absl::Duration took = absl::FromChrono(std::chrono::steady_clock::now() - flight->start);
    std::vector<Pointer> dead;
    MutexLock lock(mutex_);
    ++statistics_.unwraps;
    statistics_.unwrap_time += took;
    if (!key.ok()) ++statistics_.failures;
    if (key.ok() && !flight->forgotten) Insert(spec, *key, dead);
    flights_.erase(std::find(flights_.begin(), flights_.end(), flight));
    flight->result = key;
    landed_.NotifyAll();
    return key;
  }

  // Forgets the key with `id`, also one that is being unwrapped; EraseStale only if it still is `key`.
  void Erase(absl::string_view id) {
    Pointer dead;
    MutexLock lock(mutex_);
    for (const std::shared_ptr<Flight>& flight : flights_) flight->forgotten |= flight->spec.id == id;
    if (const auto found = entries_.find(std::string(id)); found != entries_.end()) {
      dead = found->second->key;
      Remove(found);
    }
  }
  void EraseStale(absl::string_view id, const Pointer& key) {
    MutexLock lock(mutex_);
    const auto found = entries_.find(std::string(id));
    if (found != entries_.end() && found->second->key == key) Remove(found);
  }

  WrappingStatistics statistics() const {
    MutexLock lock(mutex_);
    WrappingStatistics statistics = statistics_;
    statistics.unwrapped_keys = static_cast<int64_t>(entries_.size());
    return statistics;
  }

 private:
  struct Entry {
    KeySpec spec;
    Pointer key;
  };
  using Entries = std::unordered_map<std::string, typename std::list<Entry>::iterator>;
  // A key that is being unwrapped.
  struct Flight {
    explicit Flight(KeySpec key) : spec(std::move(key)) {}
    const KeySpec spec;
    const std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
    bool forgotten = false;
    std::optional<absl::StatusOr<Pointer>> result;
  };

  static bool IsFor(const KeySpec& unwrapped, const KeySpec& spec) {
    return unwrapped.id == spec.id && unwrapped.label == spec.label && unwrapped.algorithm == spec.algorithm;
  }

  std::shared_ptr<Flight> FindFlight(const KeySpec& spec) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    for (const std::shared_ptr<Flight>& flight : flights_) {
      if (!flight->forgotten && IsFor(flight->spec, spec)) return flight;
    }
    return nullptr;
  }

  absl::StatusOr<Pointer> Await(const Flight& flight, absl::Duration patience) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    // One that hangs must not hold up each caller anew.
    const auto end = flight.start + absl::ToChronoNanoseconds(patience);
    while (!flight.result) {
      const absl::Duration left = absl::FromChrono(end - std::chrono::steady_clock::now());
      if (left <= absl::ZeroDuration()) {
        return Error(absl::StatusCode::kUnavailable, reason::kHsmUnavailable, "another call unwraps the key, and takes long");
      }
      landed_.WaitFor(mutex_, left);
    }
    return *flight.result;
  }

  void Insert(const KeySpec& spec, Pointer key, std::vector<Pointer>& dead) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (const auto former = entries_.find(spec.id); former != entries_.end()) {
      dead.push_back(former->second->key);
      Remove(former);
    }
    by_use_.push_front({spec, std::move(key)});
    entries_[spec.id] = by_use_.begin();
    while (entries_.size() > capacity_) {
      dead.push_back(by_use_.back().key);
      Remove(entries_.find(by_use_.back().spec.id));
      ++statistics_.evictions;
    }
  }

  void Remove(typename Entries::iterator entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto position = entry->second;
    entries_.erase(entry);
    by_use_.erase(position);
  }

  const size_t capacity_;
  mutable Mutex mutex_;
  CondVar landed_;
  std::list<Entry> by_use_ ABSL_GUARDED_BY(mutex_);  // The last used first.
  Entries entries_ ABSL_GUARDED_BY(mutex_);          // By id.
  std::vector<std::shared_ptr<Flight>> flights_ ABSL_GUARDED_BY(mutex_);
  WrappingStatistics statistics_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_UNWRAPPED_KEY_CACHE_H_
