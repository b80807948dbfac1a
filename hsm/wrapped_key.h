#ifndef SIGNET_HSM_WRAPPED_KEY_H_
#define SIGNET_HSM_WRAPPED_KEY_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hsm/key_spec.h"

namespace signet::hsm {

// WrappedKey is a private key as it is kept outside of the token.
struct WrappedKey {
  // The id of the wrapping key that wrapped it.
  std::string wrapping_key_id;
  // DER SubjectPublicKeyInfo of its public half.
  std::string public_key_der;
  // PKCS #8 under AES key wrap with padding (RFC 5649), or without (RFC 3394).
  std::string blob;
  // HMAC-SHA256 by the token over BindingOf this: key wrapping itself binds a key to nothing.
  std::string mac;
  friend bool operator==(const WrappedKey&, const WrappedKey&) = default;
};

// WrappedKeySource finds keys that are kept wrapped, for an Hsm that unwraps them on demand. Thread-safe.
class WrappedKeySource {
 public:
  virtual ~WrappedKeySource() = default;

  // Finds the key with the `id` of a KeySpec. Blocks on where it is kept.
  //   kNotFound                               KEY_NOT_FOUND: it is not kept there
  //   kUnavailable, kResourceExhausted, kDataLoss  of the store
  virtual absl::StatusOr<WrappedKey> FindWrappedKey(absl::string_view id) const = 0;
};

// HeldWrappedKey is the source of one key that is in memory.
class HeldWrappedKey final : public WrappedKeySource {
 public:
  explicit HeldWrappedKey(WrappedKey key) : key_(std::move(key)) {}

  absl::StatusOr<WrappedKey> FindWrappedKey(absl::string_view) const override { return key_; }

 private:
  const WrappedKey key_;
};

// What the MAC of `wrapped` is made over: a name for this use, the id, label and algorithm of `spec`, and the id of the wrapping
// key, public key and blob of `wrapped`, each behind its length. So a wrapped key is no other key's, whatever the store says, and
// with the label no other ring's.
std::string BindingOf(const KeySpec& spec, const WrappedKey& wrapped);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_WRAPPED_KEY_H_
