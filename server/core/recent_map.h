#ifndef SIGNET_SERVER_CORE_RECENT_MAP_H_
#define SIGNET_SERVER_CORE_RECENT_MAP_H_

#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"

namespace signet::core {

// RecentMap remembers values by keys of the caller's, at least the `size` latest used ones and at most twice as many. Thread-safe;
// each call holds its lock for a look-up. WARNING: keys are hashed without a seed; where others choose them, take their SHA-256.
template <typename Value>
class RecentMap {
 public:
  explicit RecentMap(size_t size) : size_(size) {}

  // Shared with the map; nullptr if it does not remember.
  std::shared_ptr<const Value> Find(const std::string& key) {
    // Dies after the lock is released: it can be large.
    Map dropped;
    MutexLock lock(mutex_);
    if (const auto found = young_.find(key); found != young_.end()) return found->second;
    const auto found = old_.find(key);
    if (found == old_.end()) return nullptr;
    std::shared_ptr<const Value> value = found->second;
    dropped = Put(key, value);
    return value;
  }

  void Insert(const std::string& key, std::shared_ptr<const Value> value) {
    Map dropped;
    MutexLock lock(mutex_);
    dropped = Put(key, std::move(value));
  }

  // How many are remembered now.
  size_t size() const {
    MutexLock lock(mutex_);
    return young_.size() + old_.size();
  }

 private:
  using Map = std::unordered_map<std::string, std::shared_ptr<const Value>>;

  // What has not been used since the young ones were last full is old, and goes when they are full again. Returns what goes.
  Map Put(const std::string& key, std::shared_ptr<const Value> value) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    old_.erase(key);
    young_[key] = std::move(value);
    if (young_.size() < size_) return {};
    Map dropped = std::move(old_);
    old_ = std::move(young_);
    young_ = Map();
    return dropped;
  }

  const size_t size_;
  mutable Mutex mutex_;
  Map young_ ABSL_GUARDED_BY(mutex_);
  Map old_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_RECENT_MAP_H_
