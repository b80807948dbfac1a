#ifndef SIGNET_HSM_PKCS11_WRAPPED_SIGNER_H_
#define SIGNET_HSM_PKCS11_WRAPPED_SIGNER_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hsm/hsm.h"
#include "hsm/pkcs11_token.h"
#include "hsm/pkcs11_unwrapper.h"
#include "hsm/token_session.h"

namespace signet::hsm {

// Pkcs11WrappedSigner is the Signer of Pkcs11KeyWrapper. It treats its session and errors as Pkcs11Signer does.
class Pkcs11WrappedSigner final : public Signer {
 public:
  // Gets the unwrapped key of a KeySpec for one signature. Called in no session.
  using Finder = absl::AnyInvocable<absl::StatusOr<UnwrappedKey>(const KeySpec& spec)>;

  // Borrows both.
  Pkcs11WrappedSigner(Pkcs11Token& token, Pkcs11Unwrapper& unwrapper, Finder find)
      : token_(token), unwrapper_(unwrapper), find_(std::move(find)) {}

  absl::StatusOr<std::string> Sign(const KeySpec& key, absl::string_view digest) override;

 private:
  absl::StatusOr<std::string> Attempt(const KeySpec& key, absl::string_view digest);
  absl::StatusOr<std::string> SignUnwrapped(const KeySpec& key, absl::string_view digest);

  Pkcs11Token& token_;
  Pkcs11Unwrapper& unwrapper_;
  Finder find_;
  std::optional<TokenSession> session_;  // Parked between signatures.
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_PKCS11_WRAPPED_SIGNER_H_
