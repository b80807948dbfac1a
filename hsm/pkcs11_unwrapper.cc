#include "hsm/pkcs11_unwrapper.h"

#include <openssl/crypto.h>

#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/cryptoki_error.h"
#include "hsm/key_proof.h"
#include "hsm/key_template.h"
#include "hsm/serial_gate.h"

namespace signet::hsm {
namespace {

// How long a signature waits for those who make, destroy or search for keys, or unwrap the same one.
constexpr absl::Duration kPatience = absl::Seconds(2);

absl::Status NotThisKey(const KeySpec& spec, absl::string_view what) {
  return Error(absl::StatusCode::kDataLoss, reason::kStoreCorrupt,
               absl::StrCat("the wrapped key of ", spec.label, " ", what, ": restore its row from a backup, or revoke the key"));
}

bool IsEqual(absl::string_view a, absl::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

Pkcs11Unwrapper::Pkcs11Unwrapper(Pkcs11Token& token, Random& random, size_t capacity)
    : token_(token), random_(random), sessions_(token), objects_(token), cache_(capacity) {}

absl::StatusOr<CK_MECHANISM_TYPE> Pkcs11Unwrapper::Mechanism() const {
  const std::optional<CK_MECHANISM_TYPE> mechanism = token_.mechanisms().KeyWrapMechanism();
  if (mechanism) return *mechanism;
  return Error(
      absl::StatusCode::kUnimplemented, reason::kHsmUnsupported,
      "the token lacks a mechanism that wrapping keys needs: AES key generation and key wrap, generic secrets and their HMAC");
}

absl::StatusOr<WrappingKeyObjects> Pkcs11Unwrapper::FindWrappingKey(absl::string_view id) {
  SIGNET_RETURN_IF_ERROR(CheckKeyId(id));
  const std::string key(id);
  const auto find_known = [&]() -> std::optional<WrappingKeyObjects> {
    MutexLock lock(mutex_);
    const auto found = wrapping_keys_.find(key);
    if (found == wrapping_keys_.end() || found->second.login != token_.handles().generation()) return std::nullopt;
    return found->second.objects;
  };
  if (const std::optional<WrappingKeyObjects> known = find_known()) return *known;
  const TrySerialPass pass(token_.object_gate(), kPatience);
  if (!pass.is_in()) return Pkcs11Token::ObjectsAreBusy();
  if (const std::optional<WrappingKeyObjects> known = find_known()) return *known;
  WrappingKeyObjects objects;
  uint64_t login = 0;
  SIGNET_RETURN_IF_ERROR(token_.RunOnSession(SessionMode::kReadOnly, [&](TokenSession& session) -> absl::Status {
    // First, so that the login is the one under which they are found.
    SIGNET_RETURN_IF_ERROR(session.CheckLoggedIn());
    login = token_.handles().generation();
    SIGNET_ASSIGN_OR_RETURN(objects, FindWrappingKeyObjects(session, id));
    return absl::OkStatus();
  }));
  MutexLock lock(mutex_);
  wrapping_keys_[key] = {login, objects};
  return objects;
}

void Pkcs11Unwrapper::ForgetWrappingKey(absl::string_view id) {
  MutexLock lock(mutex_);
  wrapping_keys_.erase(std::string(id));
}

absl::StatusOr<UnwrappedKey> Pkcs11Unwrapper::Unwrap(const KeySpec& spec, const WrappedKeySource& source) {
  const auto is_alive = [this](const SessionObject& object) { return objects_.IsAlive(object); };
  UnwrappedKey known = cache_.Find(spec, is_alive);
  if (known != nullptr) return known;
  return cache_.Get(spec, kPatience, is_alive, [&]() -> absl::StatusOr<UnwrappedKey> {
    SIGNET_ASSIGN_OR_RETURN(const WrappedKey wrapped, source.FindWrappedKey(spec.id));
    return UnwrapWithDoubt(spec, wrapped);
  });
}

void Pkcs11Unwrapper::Forget(absl::string_view id) {
  cache_.Erase(id);
  objects_.Sweep();
}

// A token that is going away can answer anything, such as an HMAC with a key that it cannot read any more. So what speaks against
// the key itself is believed only of a token that works before and after; what needs no token to be seen, at once.
absl::StatusOr<UnwrappedKey> Pkcs11Unwrapper::UnwrapWithDoubt(const KeySpec& spec, const WrappedKey& wrapped) {
  const absl::StatusOr<PublicKey> public_key = PublicKey::FromSpki(spec.algorithm, wrapped.public_key_der);
  if (!public_key.ok()) return NotThisKey(spec, "has no public key");
  absl::StatusOr<UnwrappedKey> key = UnwrapAndProve(spec, wrapped, *public_key);
  // The handle of the wrapping key can die without a new login; the caller's next attempt must find it anew.
  if (IsStale(key.status())) ForgetWrappingKey(wrapped.wrapping_key_id);
  if (key.ok() || IsPassing(key.status())) return key;
  SIGNET_RETURN_IF_ERROR(token_.EnsureWorking());
  ForgetWrappingKey(wrapped.wrapping_key_id);
  key = UnwrapAndProve(spec, wrapped, *public_key);
  if (!key.ok()) SIGNET_RETURN_IF_ERROR(token_.EnsureWorking());
  return key;
}

absl::StatusOr<UnwrappedKey> Pkcs11Unwrapper::UnwrapAndProve(const KeySpec& spec, const WrappedKey& wrapped,
                                                             const PublicKey& public_key) {
  SIGNET_ASSIGN_OR_RETURN(const CK_MECHANISM_TYPE mechanism, Mechanism());
  SIGNET_RETURN_IF_ERROR(CheckBinding(spec, wrapped));
  SIGNET_ASSIGN_OR_RETURN(const WrappingKeyObjects wrapping_key, FindWrappingKey(wrapped.wrapping_key_id));
  SIGNET_ASSIGN_OR_RETURN(UnwrappedKey key, objects_.Make([&](TokenSession& session) {
    return UnwrapPrivateKey(session, mechanism, wrapping_key.wrapping, wrapped.blob,
                            MakeUnwrapTemplate(spec, UnwrapPurpose::kSign));
  }));
  const absl::Status proven = sessions_.Run([&](TokenSession& session) -> absl::Status {
    SIGNET_RETURN_IF_ERROR(CheckPrivateKeyAttributes(session, key->handle, PrivateKeyForm::kUnwrapped));
    return ProvePrivateKey(session, key->handle, public_key, random_);
  });
  if (absl::IsDataLoss(proven)) return NotThisKey(spec, "is not that of its public key");
  SIGNET_RETURN_IF_ERROR(proven);
  return key;
}

absl::StatusOr<std::string> Pkcs11Unwrapper::Bind(const KeySpec& spec, const WrappedKey& wrapped) {
  SIGNET_ASSIGN_OR_RETURN(const WrappingKeyObjects wrapping_key, FindWrappingKey(wrapped.wrapping_key_id));
  std::string mac;
  SIGNET_RETURN_IF_ERROR(sessions_.Run([&](TokenSession& session) -> absl::Status {
    SIGNET_ASSIGN_OR_RETURN(mac, ComputeHmac(session, wrapping_key.binding, BindingOf(spec, wrapped)));
    return absl::OkStatus();
  }));
  return mac;
}

absl::Status Pkcs11Unwrapper::CheckBinding(const KeySpec& spec, const WrappedKey& wrapped) {
  SIGNET_ASSIGN_OR_RETURN(const std::string mac, Bind(spec, wrapped));
  return IsEqual(mac, wrapped.mac) ? absl::OkStatus() : NotThisKey(spec, "belongs to another key, or was changed");
}

}  // namespace signet::hsm
