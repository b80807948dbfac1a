#ifndef SIGNET_HSM_HANDLE_CACHE_H_
#define SIGNET_HSM_HANDLE_CACHE_H_

#include <p11-kit/pkcs11.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"
#include "hsm/algorithm.h"
#include "hsm/key_spec.h"

namespace signet::hsm {

// HandleCache remembers the handles of private keys for all sessions: a search reads the whole token (20 ms at 1,000 key pairs in
// SoftHSM). Handles hold for one login; a token may give their numbers to other objects after the next. Thread-safe.
class HandleCache {
 public:
  // The login that handles found from now on belong to. What a handle was used for counts only if this is the same afterwards as it
  // was before the handle was found.
  uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

  // Returns the handle of the key with the id and the key type of `key`, if it is known.
  std::optional<CK_OBJECT_HANDLE> Find(const KeySpec& key) const;

  // Remembers a handle that was searched for after generation() returned `generation`; forgets it at once if that has passed.
  void Insert(uint64_t generation, const KeySpec& key, CK_OBJECT_HANDLE handle);

  // Forgets the handle of the key with `id`; EraseStale only if it still is `handle`, and not one that was found since.
  void Erase(const std::string& id);
  void EraseStale(const std::string& id, CK_OBJECT_HANDLE handle);

  // Forgets all handles and begins the next generation.
  void Clear();

 private:
  struct Entry {
    KeyType key_type;
    CK_OBJECT_HANDLE handle;
  };

  mutable Mutex mutex_;
  std::atomic<uint64_t> generation_ = 0;  // Written under mutex_.
  std::unordered_map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_HANDLE_CACHE_H_
