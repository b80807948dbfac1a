#ifndef SIGNET_HSM_HSM_H_
#define SIGNET_HSM_HSM_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hsm/algorithm.h"
#include "hsm/key_spec.h"
#include "hsm/public_key.h"

namespace signet::hsm {

class KeyWrapper;

// StoredKey is a key pair that the token holds, or what a crash left of one.
struct StoredKey {
  std::string id;
  std::string label;
  bool has_private_key = false;
  bool has_public_key = false;
};

// HsmStatistics is what an Hsm has had to do to stay alive.
struct HsmStatistics {
  // How often the token was recovered from more than a lost session or login, and how often an attempt at it failed.
  uint64_t recoveries = 0;
  uint64_t failed_recoveries = 0;
  // The sessions that are open now.
  int64_t open_sessions = 0;
};

// Signer signs on one session that is its own. Made by Hsm::CreateSigner for one worker thread; thread-compatible, not thread-safe.
// Must not outlive its Hsm.
class Signer {
 public:
  virtual ~Signer() = default;

  // Signs `digest`, made with the algorithm's hash; for Ed25519, which has no hash, `digest` is the message itself.
  // Returns the raw signature as JOSE lays it out. The key is found on the token once and remembered.
  //   kInvalidArgument     DIGEST_LENGTH: `digest` has not the length of the hash; or the key's id is not valid
  //   kNotFound            KEY_NOT_FOUND: the token does not hold exactly one such private key; not safe to retry
  //   kUnavailable         HSM_UNAVAILABLE: token absent, reset, or a device error, also at a second attempt on a new session;
  //                        it is being recovered; safe to retry
  //   kFailedPrecondition  HSM_PIN_REFUSED: the token refused the PIN; every later call of the Hsm and its signers fails so, as
  //                        another try could lock the token
  //   kUnimplemented       HSM_UNSUPPORTED: the token lacks the mechanism
  // Errors of the token carry the name of its code as the metadata `ckr`, such as "CKR_DEVICE_ERROR".
  virtual absl::StatusOr<std::string> Sign(const KeySpec& key, absl::string_view digest) = 0;
};

// Hsm makes and holds private keys that never leave it. Thread-safe. Calls block for as long as the token does: run them where
// nobody else waits.
class Hsm {
 public:
  virtual ~Hsm() = default;

  // Tells whether the token has the mechanisms for `algorithm`.
  virtual bool Supports(Algorithm algorithm) const = 0;

  // Generates a key pair on the token: sign only, sensitive, never extractable. Its attributes are read back, and it is proven:
  // it signs a random message and OpenSSL verifies that. A pair that fails either is destroyed again. Generation, destruction
  // and searches are serialised per token.
  //   kInvalidArgument the spec is not valid (CheckKeySpec)
  //   kAlreadyExists   KEY_EXISTS: the token holds a key with this id, or half of one
  //   kUnimplemented   HSM_UNSUPPORTED: the token lacks the algorithm, or does not make keys with the attributes asked for
  //   kUnavailable, kFailedPrecondition, kResourceExhausted (STORAGE_FULL) as above; what a failure may leave behind, DestroyKey
  //   removes
  virtual absl::StatusOr<PublicKey> GenerateKey(const KeySpec& spec) = 0;

  // Finds a pair, reads its public half, checks its attributes and proves it anew by a signature.
  //   kInvalidArgument  the spec is not valid
  //   kNotFound         KEY_NOT_FOUND: there is no complete pair with this id that signs, or its attributes are not as asked for
  //   kUnavailable, kUnimplemented, kFailedPrecondition  as above
  virtual absl::StatusOr<PublicKey> ProveKey(const KeySpec& spec) = 0;

  // Destroys every object with this id, whole pair or half. Succeeds if there is none, so that it can be repeated.
  //   kInvalidArgument  the id is not valid
  //   kUnavailable, kFailedPrecondition  as above
  // WARNING: the caller must make sure that no new signature with the key is asked for; one under way may fail with kUnavailable.
  virtual absl::Status DestroyKey(absl::string_view id) = 0;

  // Lists what the token holds whose label begins with `label_prefix`. Slow on a full token: for start-up and repair.
  //   kUnavailable, kFailedPrecondition  as above
  virtual absl::StatusOr<std::vector<StoredKey>> ListKeys(absl::string_view label_prefix) = 0;

  // Makes a signer with a session of its own, which it opens at its first use and again after an error.
  virtual std::unique_ptr<Signer> CreateSigner() = 0;

  // Asks the token whether it is present and logged in, and has it recovered where it is not. Does not sign.
  //   kUnavailable, kFailedPrecondition  as above
  virtual absl::Status CheckHealth() = 0;

  // What makes and unwraps keys that are kept outside of the token. Lives as long as the Hsm; its signers must not live longer.
  virtual KeyWrapper& key_wrapper() = 0;

  // From memory.
  virtual HsmStatistics GetStatistics() const { return {}; }
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_HSM_H_
