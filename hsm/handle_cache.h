#ifndef SIGNET_HSM_HANDLE_CACHE_H_
#define SIGNET_HSM_HANDLE_CACHE_H_

#include <p11-kit/pkcs11.h>

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"

namespace signet::hsm {

// HandleCache remembers the handles of private keys by their id, for all sessions: a search reads the whole token (20 ms at 1,000
// key pairs in SoftHSM). Handles hold for one login; a token may give their numbers to other objects after the next. Thread-safe.
class HandleCache {
 public:
  // The login that handles found from now on belong to.
  uint64_t generation() const;

  // Returns the handle of the key with `id`, if it is known.
  std::optional<CK_OBJECT_HANDLE> Find(const std::string& id) const;

  // Remembers a handle that was searched for after generation() returned `generation`; forgets it at once if that has passed.
  void Insert(uint64_t generation, const std::string& id, CK_OBJECT_HANDLE handle);

  // Forgets one handle.
  void Erase(const std::string& id);

  // Forgets all handles and begins the next generation.
  void Clear();

 private:
  mutable Mutex mutex_;
  uint64_t generation_ ABSL_GUARDED_BY(mutex_) = 0;
  std::unordered_map<std::string, CK_OBJECT_HANDLE> handles_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_HANDLE_CACHE_H_
