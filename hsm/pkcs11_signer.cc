#include "hsm/pkcs11_signer.h"

#include <cstdint>

#include "absl/time/time.h"
#include "base/error.h"
#include "hsm/cryptoki_error.h"
#include "hsm/digest.h"
#include "hsm/key_objects.h"
#include "hsm/key_spec.h"
#include "hsm/serial_gate.h"
#include "hsm/sign_digest.h"

namespace signet::hsm {
namespace {

// How long a signature waits for those who make, destroy or search for keys. It is not to count as hanging.
constexpr absl::Duration kSearchPatience = absl::Seconds(2);

}  // namespace

absl::StatusOr<std::string> Pkcs11Signer::Sign(const KeySpec& key, absl::string_view digest) {
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

absl::StatusOr<std::string> Pkcs11Signer::Attempt(const KeySpec& key, absl::string_view digest) {
  absl::StatusOr<std::string> signature = SignOnSession(key, digest);
  if (signature.ok()) {
    session_->Park();
  } else {
    session_.reset();
  }
  return signature;
}

absl::StatusOr<std::string> Pkcs11Signer::SignOnSession(const KeySpec& key, absl::string_view digest) {
  SIGNET_RETURN_IF_ERROR(EnterSession());
  const uint64_t generation = token_.handles().generation();
  SIGNET_ASSIGN_OR_RETURN(const CK_OBJECT_HANDLE handle, LookUp(key));
  absl::StatusOr<std::string> signature = SignDigest(*session_, handle, key.algorithm, digest);
  if (IsStale(signature.status())) token_.handles().EraseStale(key.id, handle);
  // The handle is of a login that has ended since: it may have been another key's by then.
  if (signature.ok() && token_.handles().generation() != generation) {
    return CryptokiStatus("C_Sign", CKR_OBJECT_HANDLE_INVALID);
  }
  return signature;
}

absl::Status Pkcs11Signer::EnterSession() {
  if (session_ && session_->Resume().ok()) return absl::OkStatus();
  session_.reset();
  SIGNET_ASSIGN_OR_RETURN(session_, token_.OpenSession(SessionMode::kReadOnly));
  return absl::OkStatus();
}

absl::StatusOr<CK_OBJECT_HANDLE> Pkcs11Signer::LookUp(const KeySpec& key) {
  if (const std::optional<CK_OBJECT_HANDLE> known = token_.handles().Find(key)) return *known;
  session_->Park();
  const TrySerialPass pass(token_.object_gate(), kSearchPatience);
  if (!pass.is_in()) return Pkcs11Token::ObjectsAreBusy();
  SIGNET_RETURN_IF_ERROR(session_->Resume());
  // Another signer may have found it while this one waited.
  if (const std::optional<CK_OBJECT_HANDLE> known = token_.handles().Find(key)) return *known;
  // First, so that the generation is that of the login under which the handle is found.
  SIGNET_RETURN_IF_ERROR(session_->CheckLoggedIn());
  const uint64_t generation = token_.handles().generation();
  SIGNET_ASSIGN_OR_RETURN(const CK_OBJECT_HANDLE handle, FindPrivateKey(*session_, key));
  token_.handles().Insert(generation, key, handle);
  return handle;
}

}  // namespace signet::hsm
