#ifndef SIGNET_HSM_PKCS11_HSM_H_
#define SIGNET_HSM_PKCS11_HSM_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/random.h"
#include "base/secret.h"
#include "hsm/hsm.h"
#include "hsm/key_wrapper.h"

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
  // How many keys that are kept wrapped may be unwrapped at a time; at least 1.
  size_t unwrapped_keys = 10'000;
  // Only for NSS softokn, which has no configuration of its own: what to tell it, such as "configdir='sql:/var/lib/signet/nss'".
  std::string module_parameters = "";
};

class Pkcs11KeyWrapper;
class Pkcs11Token;

// Pkcs11Hsm is an Hsm behind PKCS#11 2.40, called directly. Create one per module and process. Its destructor logs out and
// finalises Cryptoki, so it must run before main returns and after every Signer has died.
class Pkcs11Hsm : public Hsm {
 public:
  // Loads the module, finds the token and logs in.
  //   kNotFound            no module at the path, or no token with the label
  //   kInvalidArgument     the path is not absolute, the file is no PKCS#11 module, several tokens have the label, or no PIN
  //   kFailedPrecondition  HSM_PIN_REFUSED: wrong or locked PIN; it was tried once and is not tried again
  //   kUnavailable         HSM_UNAVAILABLE: the module or token failed; safe to retry
  //   kInternal            the process has a Pkcs11Hsm with this module, or another user of it
  static absl::StatusOr<std::unique_ptr<Pkcs11Hsm>> Create(Pkcs11HsmOptions options);

  ~Pkcs11Hsm() override;

  bool Supports(Algorithm algorithm) const override;
  absl::StatusOr<PublicKey> GenerateKey(const KeySpec& spec) override;
  absl::StatusOr<PublicKey> ProveKey(const KeySpec& spec) override;
  absl::Status DestroyKey(absl::string_view id) override;
  absl::StatusOr<std::vector<StoredKey>> ListKeys(absl::string_view label_prefix) override;
  std::unique_ptr<Signer> CreateSigner() override;
  absl::Status CheckHealth() override;
  HsmStatistics GetStatistics() const override;
  KeyWrapper& key_wrapper() override;

 private:
  Pkcs11Hsm(std::unique_ptr<Pkcs11Token> token, Random& random, size_t unwrapped_keys);

  absl::StatusOr<PublicKey> GenerateAndProve(const KeySpec& spec);
  absl::Status DestroyInGate(absl::string_view id);

  const std::unique_ptr<Pkcs11Token> token_;
  Random& random_;
  const std::unique_ptr<Pkcs11KeyWrapper> key_wrapper_;
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_PKCS11_HSM_H_
