#ifndef SIGNET_HSM_PKCS11_SIGNER_H_
#define SIGNET_HSM_PKCS11_SIGNER_H_

#include <p11-kit/pkcs11.h>

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hsm/hsm.h"
#include "hsm/pkcs11_token.h"
#include "hsm/token_session.h"

namespace signet::hsm {

// Pkcs11Signer is the Signer of Pkcs11Hsm. It opens its session at the first signature and drops it after any error. After an error
// that may pass it has the token repaired and signs once more on a new session.
class Pkcs11Signer : public Signer {
 public:
  // Borrows `token`.
  explicit Pkcs11Signer(Pkcs11Token& token) : token_(token) {}

  absl::StatusOr<std::string> Sign(const KeySpec& key, absl::string_view digest) override;

 private:
  absl::StatusOr<std::string> Attempt(const KeySpec& key, absl::string_view digest);
  absl::StatusOr<std::string> SignOnSession(const KeySpec& key, absl::string_view digest);
  // Has the session ready to be used.
  absl::Status EnterSession();
  // Finds the key's handle; leaves the session and enters it again where the token has to be searched.
  absl::StatusOr<CK_OBJECT_HANDLE> LookUp(const KeySpec& key);

  Pkcs11Token& token_;
  std::optional<TokenSession> session_;  // Parked between signatures.
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_PKCS11_SIGNER_H_
