#ifndef SIGNET_HSM_KEY_WRAPPER_H_
#define SIGNET_HSM_KEY_WRAPPER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "hsm/algorithm.h"
#include "hsm/hsm.h"
#include "hsm/key_spec.h"
#include "hsm/wrapped_key.h"

namespace signet::hsm {

// WrappingKeySpec says what wrapping key to make: CKA_ID, as a key's, and CKA_LABEL.
struct WrappingKeySpec {
  std::string id;
  std::string label;
};

// StoredWrappingKey is a wrapping key that the token holds, or what a crash left of one.
struct StoredWrappingKey {
  std::string id;
  std::string label;
  bool is_whole = false;
};

// WrappingStatistics is what was unwrapped since the start.
struct WrappingStatistics {
  // Signatures whose key was unwrapped already, and those that had to have it unwrapped, or waited until another one had.
  uint64_t hits = 0;
  uint64_t misses = 0;
  // Keys that were destroyed again to make room.
  uint64_t evictions = 0;
  // Attempts to unwrap, the time that they took in all, and how many of them failed.
  uint64_t unwraps = 0;
  absl::Duration unwrap_time = absl::ZeroDuration();
  uint64_t failures = 0;
  // How many are unwrapped now.
  int64_t unwrapped_keys = 0;
};

// KeyWrapper makes private keys that are kept outside of the token, wrapped by a key that never leaves it. A wrapping key is two
// secret keys with one id: AES-256 that wraps and unwraps only, and one for the HMAC that binds what was wrapped. Both are made on
// the token, sensitive and never extractable.
//
// Its signers unwrap a key when they need it, one of them at a time for each key, and leave it as a session object to all of them;
// of those a number is kept, and the one that was not used for longest is destroyed, though never while it signs.
//
// What an HSM can do alone is not enough: to be wrapped a key must be extractable for the moment in which it is made or wrapped
// anew, and whoever has both the PIN and a wrapped key can unwrap it so, too.
//
// Thread-safe. Calls block for as long as the token does. All can return
//   kUnavailable, kFailedPrecondition, kResourceExhausted  as Hsm does
class KeyWrapper {
 public:
  virtual ~KeyWrapper() = default;

  // Checks that the token can keep keys of `algorithm` wrapped, by wrapping and unwrapping one the first time.
  //   kUnimplemented  HSM_UNSUPPORTED: it lacks the mechanisms, makes no session objects, does not wrap such keys, or unwraps them
  //                   readable
  virtual absl::Status CheckWraps(Algorithm algorithm) = 0;

  // Generates a wrapping key and proves it as ProveWrappingKey does. One that fails is destroyed again.
  //   kInvalidArgument  INVALID_FIELD: the spec is not valid
  //   kAlreadyExists    KEY_EXISTS: the token holds a wrapping key with this id, or half of one
  //   kUnimplemented    HSM_UNSUPPORTED: the token does not make such keys
  virtual absl::Status GenerateWrappingKey(const WrappingKeySpec& spec) = 0;

  // Finds a wrapping key and checks its attributes.
  //   kInvalidArgument  INVALID_FIELD: the id is not valid
  //   kNotFound         KEY_NOT_FOUND: the token does not hold it whole, or not as it was asked for
  virtual absl::Status ProveWrappingKey(absl::string_view id) = 0;

  // Destroys every secret key with this id. Succeeds if there is none.
  //   kInvalidArgument  INVALID_FIELD: the id is not valid
  // WARNING: what it has wrapped is lost.
  virtual absl::Status DestroyWrappingKey(absl::string_view id) = 0;

  // Lists the wrapping keys whose label begins with `label_prefix`.
  virtual absl::StatusOr<std::vector<StoredWrappingKey>> ListWrappingKeys(absl::string_view label_prefix) = 0;

  // Generates a pair in a session, wraps its private half by the wrapping key, destroys the pair, and proves what was wrapped: it
  // is unwrapped, is sensitive, not extractable and signs, and OpenSSL verifies that with the public key.
  //   kInvalidArgument  INVALID_FIELD: the spec is not valid
  //   kNotFound         KEY_NOT_FOUND: there is no such wrapping key
  //   kUnimplemented    HSM_UNSUPPORTED: as CheckWraps
  virtual absl::StatusOr<WrappedKey> GenerateWrappedKey(const KeySpec& spec, absl::string_view wrapping_key_id) = 0;

  // Unwraps `key`, wraps it by another wrapping key, and proves it as GenerateWrappedKey does. The same private key: what it has
  // signed stays valid, and signatures with it go on meanwhile.
  //   kNotFound   KEY_NOT_FOUND: there is no such wrapping key, or none that wrapped `key`
  //   kDataLoss   STORE_CORRUPT: `key` is not the wrapped key of `spec`, or was changed
  virtual absl::StatusOr<WrappedKey> Rewrap(const KeySpec& spec, const WrappedKey& key, absl::string_view wrapping_key_id) = 0;

  // Makes a signer as Hsm::CreateSigner does, of the keys that `source` has, which is borrowed. Signers of several sources share
  // what is unwrapped. A key is found by the id of its KeySpec, and only if it was made for the KeySpec's label and algorithm.
  // Errors as Signer::Sign, and
  //   kNotFound  KEY_NOT_FOUND: `source` has it not, or the token does not hold the key that wrapped it
  //   kDataLoss  STORE_CORRUPT: what `source` has is not the wrapped form of this key; not safe to retry
  //   others     of the source
  virtual std::unique_ptr<Signer> CreateSigner(const WrappedKeySource& source) = 0;

  // Makes a signer of one wrapped key, such as a new one that is not committed yet. It unwraps `key` for each signature and drops
  // it again: it neither uses what others have unwrapped, whatever their KeySpec, nor leaves them anything. Errors as Signer::Sign,
  // and
  //   kNotFound  KEY_NOT_FOUND: the token does not hold the key that wrapped it
  //   kDataLoss  STORE_CORRUPT: `key` is not the wrapped form of the key with this KeySpec; not safe to retry
  virtual std::unique_ptr<Signer> CreateSignerOf(WrappedKey key) = 0;

  // Forgets an unwrapped key; it is destroyed when nobody signs with it any more. Succeeds if it is not unwrapped. From memory, but
  // for the destruction, which another call makes up for where the token fails.
  virtual void Forget(absl::string_view id) = 0;

  // From memory.
  virtual WrappingStatistics GetStatistics() const = 0;
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_KEY_WRAPPER_H_
