#ifndef SIGNET_HSM_PKCS11_WRAPPED_SIGNER_H_
#define SIGNET_HSM_PKCS11_WRAPPED_SIGNER_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hsm/hsm.h"
#include "hsm/pkcs11_token.h"
#include "hsm/pkcs11_unwrapper.h"
#include "hsm/token_session.h"
#include "hsm/wrapped_key.h"

namespace signet::hsm {

// Pkcs11WrappedSigner is the Signer of Pkcs11KeyWrapper. It treats its session and errors as Pkcs11Signer does.
class Pkcs11WrappedSigner final : public Signer {
 public:
  // Borrows all.
  Pkcs11WrappedSigner(Pkcs11Token& token, Pkcs11Unwrapper& unwrapper, const WrappedKeySource& source)
      : token_(token), unwrapper_(unwrapper), source_(source) {}

  absl::StatusOr<std::string> Sign(const KeySpec& key, absl::string_view digest) override;

 private:
  absl::StatusOr<std::string> Attempt(const KeySpec& key, absl::string_view digest);
  absl::StatusOr<std::string> SignUnwrapped(const KeySpec& key, absl::string_view digest);

  Pkcs11Token& token_;
  Pkcs11Unwrapper& unwrapper_;
  const WrappedKeySource& source_;
  std::optional<TokenSession> session_;  // Parked between signatures.
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_PKCS11_WRAPPED_SIGNER_H_
