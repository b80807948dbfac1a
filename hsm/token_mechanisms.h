#ifndef SIGNET_HSM_TOKEN_MECHANISMS_H_
#define SIGNET_HSM_TOKEN_MECHANISMS_H_

#include <p11-kit/pkcs11.h>

#include <map>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "hsm/algorithm.h"
#include "hsm/cryptoki_module.h"
#include "hsm/module_quirks.h"

namespace signet::hsm {

// TokenMechanisms is what a token says that it can do, but for what its module is known to fail at. Immutable.
class TokenMechanisms {
 public:
  // Asks the token in `slot`.
  //   kUnavailable  the token failed; safe to retry
  static absl::StatusOr<TokenMechanisms> Read(const CryptokiModule& module, CK_SLOT_ID slot);

  // Tells whether the token generates keys of `algorithm`, of its size, and signs with them.
  bool Supports(Algorithm algorithm) const;

  // Returns the mechanism by which the token wraps keys with AES, the one with padding before the one without; nothing if it has
  // neither, or does not make AES keys or the secrets and HMACs that bind what was wrapped.
  std::optional<CK_MECHANISM_TYPE> KeyWrapMechanism() const;

 private:
  TokenMechanisms(std::map<CK_MECHANISM_TYPE, CK_MECHANISM_INFO> mechanisms, const ModuleQuirks& quirks)
      : mechanisms_(std::move(mechanisms)), quirks_(quirks) {}

  bool Has(CK_MECHANISM_TYPE type, CK_FLAGS flags) const;
  bool Has(CK_MECHANISM_TYPE type, CK_FLAGS flag, Algorithm algorithm) const;

  std::map<CK_MECHANISM_TYPE, CK_MECHANISM_INFO> mechanisms_;
  ModuleQuirks quirks_;
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_TOKEN_MECHANISMS_H_
