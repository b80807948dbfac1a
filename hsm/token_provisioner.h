#ifndef SIGNET_HSM_TOKEN_PROVISIONER_H_
#define SIGNET_HSM_TOKEN_PROVISIONER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/secret.h"

namespace signet::hsm {

// TokenInfo describes one slot's token.
struct TokenInfo {
  std::string label;
  std::string manufacturer;
  std::string model;
  std::string serial_number;
  bool initialized = false;
  bool user_pin_set = false;
};

// TokenProvisioner prepares and inspects tokens from the command line, through libp11. It is short-lived.
// WARNING: never use it in a process that has a Pkcs11Hsm on the same module: the two share one login, and unloading finalises it.
class TokenProvisioner {
 public:
  virtual ~TokenProvisioner() = default;

  // Loads a PKCS#11 module.
  //   kNotFound, kInvalidArgument  no such file; not a module
  static absl::StatusOr<std::unique_ptr<TokenProvisioner>> Create(const std::string& module_path);

  // Lists the tokens of all slots.
  virtual absl::StatusOr<std::vector<TokenInfo>> ListTokens() = 0;

  // Initialises the first uninitialised token with `label` and sets its user PIN.
  //   kAlreadyExists       a token has this label
  //   kResourceExhausted   no slot holds an uninitialised token
  virtual absl::Status InitializeToken(absl::string_view label, const Secret& so_pin, const Secret& user_pin) = 0;

  // Lists the labels of the private keys on the token, logged in with `user_pin`.
  //   kNotFound            no token with this label
  //   kFailedPrecondition  HSM_PIN_REFUSED
  //   kUnimplemented       the token holds a key that libp11 cannot list (Ed25519 hides all of them)
  virtual absl::StatusOr<std::vector<std::string>> ListPrivateKeyLabels(absl::string_view token_label, const Secret& user_pin) = 0;
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_TOKEN_PROVISIONER_H_
