#ifndef SIGNET_HSM_MECHANISM_H_
#define SIGNET_HSM_MECHANISM_H_

#include <p11-kit/pkcs11.h>

#include <string>

#include "absl/strings/string_view.h"
#include "hsm/algorithm.h"

namespace signet::hsm {

// The mechanisms and the key type of an algorithm: the subset that every token of its kind has. Hashing is done on the host.
CK_MECHANISM_TYPE GenerationMechanism(Algorithm algorithm);
CK_MECHANISM_TYPE SigningMechanismType(Algorithm algorithm);
CK_KEY_TYPE CryptokiKeyType(Algorithm algorithm);

// SigningMechanism is the argument of C_SignInit, with its parameters.
class SigningMechanism {
 public:
  explicit SigningMechanism(Algorithm algorithm);
  SigningMechanism(const SigningMechanism&) = delete;
  SigningMechanism& operator=(const SigningMechanism&) = delete;

  CK_MECHANISM* get() { return &mechanism_; }

 private:
  CK_RSA_PKCS_PSS_PARAMS pss_ = {};
  CK_MECHANISM mechanism_ = {};  // Points to pss_ for PSS.
};

// Returns what C_Sign gets for `digest`: the DigestInfo for PKCS #1 v1.5 (RFC 8017 section 9.2), otherwise the digest itself.
std::string SigningInput(Algorithm algorithm, absl::string_view digest);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_MECHANISM_H_
