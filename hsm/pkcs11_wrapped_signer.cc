#include "hsm/pkcs11_wrapped_signer.h"

#include "base/error.h"
#include "hsm/cryptoki_error.h"
#include "hsm/digest.h"
#include "hsm/key_spec.h"
#include "hsm/sign_digest.h"

namespace signet::hsm {

absl::StatusOr<std::string> Pkcs11WrappedSigner::Sign(const KeySpec& key, absl::string_view digest) {
  SIGNET_RETURN_IF_ERROR(CheckKeyId(key.id));
  SIGNET_RETURN_IF_ERROR(CheckDigestSize(key.algorithm, digest));
  SIGNET_RETURN_IF_ERROR(token_.CheckSupported(key.algorithm));
  SIGNET_RETURN_IF_ERROR(token_.CheckPinAccepted());
  absl::StatusOr<std::string> signature = Attempt(key, digest);
  if (IsPassing(signature.status()) && !Pkcs11Token::AreObjectsBusy(signature.status())) {
    // A signature may be made twice: nobody has seen the first.
    SIGNET_RETURN_IF_ERROR(token_.EnsureWorking());
    signature = Attempt(key, digest);
  }
  token_.NoteSignature(signature.status());
  return signature;
}

absl::StatusOr<std::string> Pkcs11WrappedSigner::Attempt(const KeySpec& key, absl::string_view digest) {
  absl::StatusOr<std::string> signature = SignUnwrapped(key, digest);
  if (signature.ok()) {
    session_->Park();
  } else {
    session_.reset();
  }
  // By now this signer uses no key; it may have been the last to use one that had to make room.
  unwrapper_.Sweep();
  return signature;
}

absl::StatusOr<std::string> Pkcs11WrappedSigner::SignUnwrapped(const KeySpec& key, absl::string_view digest) {
  // In no session, as this signer's is parked.
  SIGNET_ASSIGN_OR_RETURN(const UnwrappedKey unwrapped, find_(key));
  if (!session_ || !session_->Resume().ok()) {
    session_.reset();
    SIGNET_ASSIGN_OR_RETURN(session_, token_.OpenSession(SessionMode::kReadOnly));
  }
  absl::StatusOr<std::string> signature = SignDigest(*session_, unwrapped->handle, key.algorithm, digest);
  if (IsStale(signature.status())) unwrapper_.ForgetStale(key.id, unwrapped);
  // The object has gone since: its number may have been another key's by then.
  if (signature.ok() && !unwrapper_.IsAlive(*unwrapped)) return CryptokiStatus("C_Sign", CKR_OBJECT_HANDLE_INVALID);
  return signature;
}

}  // namespace signet::hsm
