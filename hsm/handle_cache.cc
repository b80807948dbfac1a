#include "hsm/handle_cache.h"

namespace signet::hsm {

std::optional<CK_OBJECT_HANDLE> HandleCache::Find(const KeySpec& key) const {
  MutexLock lock(mutex_);
  const auto found = entries_.find(key.id);
  if (found == entries_.end() || found->second.key_type != GetAlgorithmInfo(key.algorithm).key_type) return std::nullopt;
  return found->second.handle;
}

void HandleCache::Insert(uint64_t generation, const KeySpec& key, CK_OBJECT_HANDLE handle) {
  MutexLock lock(mutex_);
  if (generation == generation_) entries_[key.id] = {GetAlgorithmInfo(key.algorithm).key_type, handle};
}

void HandleCache::Erase(const std::string& id) {
  MutexLock lock(mutex_);
  entries_.erase(id);
}

void HandleCache::EraseStale(const std::string& id, CK_OBJECT_HANDLE handle) {
  MutexLock lock(mutex_);
  const auto found = entries_.find(id);
  if (found != entries_.end() && found->second.handle == handle) entries_.erase(found);
}

void HandleCache::Clear() {
  MutexLock lock(mutex_);
  ++generation_;
  entries_.clear();
}

}  // namespace signet::hsm
