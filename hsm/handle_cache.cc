#include "hsm/handle_cache.h"

namespace signet::hsm {

uint64_t HandleCache::generation() const {
  MutexLock lock(mutex_);
  return generation_;
}

std::optional<CK_OBJECT_HANDLE> HandleCache::Find(const std::string& id) const {
  MutexLock lock(mutex_);
  const auto found = handles_.find(id);
  if (found == handles_.end()) return std::nullopt;
  return found->second;
}

void HandleCache::Insert(uint64_t generation, const std::string& id, CK_OBJECT_HANDLE handle) {
  MutexLock lock(mutex_);
  if (generation == generation_) handles_[id] = handle;
}

void HandleCache::Erase(const std::string& id) {
  MutexLock lock(mutex_);
  handles_.erase(id);
}

void HandleCache::Clear() {
  MutexLock lock(mutex_);
  ++generation_;
  handles_.clear();
}

}  // namespace signet::hsm
