#ifndef SIGNET_HSM_SLOT_SEARCH_H_
#define SIGNET_HSM_SLOT_SEARCH_H_

#include <p11-kit/pkcs11.h>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hsm/cryptoki_module.h"

namespace signet::hsm {

// Finds the slot of the one token with `token_label`.
//   kNotFound         no token has this label
//   kInvalidArgument  several tokens have it, or it cannot be a label: it is empty or longer than 32 bytes
//   kUnavailable      the module failed, or no token has the label and one could not be read; safe to retry
absl::StatusOr<CK_SLOT_ID> FindSlot(const CryptokiModule& module, absl::string_view token_label);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_SLOT_SEARCH_H_
