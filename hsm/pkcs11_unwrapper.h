#ifndef SIGNET_HSM_PKCS11_UNWRAPPER_H_
#define SIGNET_HSM_PKCS11_UNWRAPPER_H_

#include <p11-kit/pkcs11.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/mutex.h"
#include "base/random.h"
#include "hsm/key_spec.h"
#include "hsm/pkcs11_token.h"
#include "hsm/public_key.h"
#include "hsm/session_objects.h"
#include "hsm/spare_sessions.h"
#include "hsm/unwrapped_key_cache.h"
#include "hsm/wrapped_key.h"
#include "hsm/wrapping_key_objects.h"

namespace signet::hsm {

// UnwrappedKey is a private key as a session object. Shared: by the cache and those who sign with it.
using UnwrappedKey = std::shared_ptr<const SessionObject>;

// Pkcs11Unwrapper unwraps keys for a Pkcs11KeyWrapper and its signers, and keeps those that were used last. Thread-safe. Whoever
// calls what calls the token must be in no session.
class Pkcs11Unwrapper {
 public:
  // Borrows `token` and `random`. Keeps `capacity` keys unwrapped.
  Pkcs11Unwrapper(Pkcs11Token& token, Random& random, size_t capacity);

  // Returns a key that is unwrapped already, from memory; otherwise unwraps and proves the one that `source` has, and keeps it.
  //   as a signer
  absl::StatusOr<UnwrappedKey> Unwrap(const KeySpec& spec, const WrappedKeySource& source);
  // Unwraps and proves a key that is not kept here afterwards: it is destroyed when nobody signs with it any more.
  //   kDataLoss  STORE_CORRUPT: `wrapped` is not the wrapped form of this key
  //   kNotFound  KEY_NOT_FOUND: the token does not hold the key that wrapped it
  //   kUnavailable, kUnimplemented, kFailedPrecondition  as Signer::Sign
  absl::StatusOr<UnwrappedKey> UnwrapWithDoubt(const KeySpec& spec, const WrappedKey& wrapped);
  // Forgets the key with `id`, or only if it still is `key`; it is destroyed when nobody signs with it any more.
  void Forget(absl::string_view id);
  void ForgetStale(absl::string_view id, const UnwrappedKey& key) { cache_.EraseStale(id, key); }
  // Destroys what nobody uses any more.
  void Sweep() { objects_.Sweep(); }
  // Tells whether the token still holds the object, as far as is known.
  bool IsAlive(const SessionObject& object) const { return objects_.IsAlive(object); }
  WrappingStatistics statistics() const { return cache_.statistics(); }

  // The mechanism by which the token wraps.
  //   kUnimplemented  HSM_UNSUPPORTED
  absl::StatusOr<CK_MECHANISM_TYPE> Mechanism() const;
  // Finds the two objects of a wrapping key, once for each login.
  //   kNotFound  KEY_NOT_FOUND
  //   kUnavailable, kFailedPrecondition  as Signer::Sign
  absl::StatusOr<WrappingKeyObjects> FindWrappingKey(absl::string_view id);
  void ForgetWrappingKey(absl::string_view id);
  // Computes the MAC of a wrapped key.
  //   as FindWrappingKey
  absl::StatusOr<std::string> Bind(const KeySpec& spec, const WrappedKey& wrapped);

 private:
  absl::Status CheckBinding(const KeySpec& spec, const WrappedKey& wrapped);
  absl::StatusOr<UnwrappedKey> UnwrapAndProve(const KeySpec& spec, const WrappedKey& wrapped, const PublicKey& public_key);

  Pkcs11Token& token_;
  Random& random_;
  SpareSessions sessions_;
  SessionObjects objects_;
  UnwrappedKeyCache<SessionObject> cache_;  // After objects_, to which its keys go when they die.

  struct KnownWrappingKey {
    uint64_t login;
    WrappingKeyObjects objects;
  };
  Mutex mutex_;
  std::map<std::string, KnownWrappingKey> wrapping_keys_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_PKCS11_UNWRAPPER_H_
