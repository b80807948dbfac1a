#include "hsm/testing/pkcs11_bed.h"

#include <utility>

#include "base/error.h"

namespace signet::hsm {

absl::StatusOr<std::unique_ptr<Pkcs11Bed>> Pkcs11Bed::Create(std::unique_ptr<CryptokiShim> shim) {
  std::unique_ptr<Pkcs11Bed> bed(new Pkcs11Bed);
  bed->shim_ = std::move(shim);
  SIGNET_ASSIGN_OR_RETURN(bed->token_, SoftToken::Create());
  SIGNET_ASSIGN_OR_RETURN(bed->hsm_,
                          Pkcs11Hsm::Create({.module_path = bed->shim_ ? bed->shim_->module_path() : bed->token_->module_path(),
                                             .token_label = bed->token_->label(),
                                             .pin = bed->token_->user_pin(),
                                             .random = &bed->random_,
                                             .unwrapped_keys = kUnwrappedKeys}));
  return bed;
}

}  // namespace signet::hsm
