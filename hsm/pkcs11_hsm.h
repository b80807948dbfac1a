#ifndef SIGNET_HSM_PKCS11_HSM_H_
#define SIGNET_HSM_PKCS11_HSM_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/random.h"
#include "base/secret.h"
#include "hsm/hsm.h"

namespace signet::hsm {

// Pkcs11HsmOptions says which token to use and how.
struct Pkcs11HsmOptions {
  // Absolute path of the PKCS#11 module, such as /usr/lib/softhsm/libsofthsm2.so.
  std::string module_path;
  // CKA_LABEL of the token, without its padding. Exactly one token must have it.
  std::string token_label;
  // The user PIN.
  Secret pin;
  // Borrowed: the messages that prove a new key.
  Random* random;
};

// Pkcs11Hsm is an Hsm behind PKCS#11 2.40, called directly. It keeps one sentinel session open, which holds the login, as a token
// logs out when its last session closes. Create one per module and process; the destructor finalises Cryptoki, so it must run
// before main returns and after every Signer has died.
class Pkcs11Hsm {
 public:
  // Loads the module, finds the token and logs in.
  //   kNotFound            no module at the path, or no token with the label
  //   kInvalidArgument     the file is no PKCS#11 module, or several tokens have the label
  //   kFailedPrecondition  HSM_PIN_REFUSED: wrong or locked PIN; it was tried once and is not tried again
  //   kUnavailable         the module or token failed; safe to retry
  static absl::StatusOr<std::unique_ptr<Hsm>> Create(Pkcs11HsmOptions options);
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_PKCS11_HSM_H_
