#ifndef SIGNET_HSM_KEY_SPEC_H_
#define SIGNET_HSM_KEY_SPEC_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "hsm/algorithm.h"

namespace signet::hsm {

// The length of a key's id in bytes.
inline constexpr size_t kKeyIdSize = 16;

// Where a private key is: on the token, or outside of it, wrapped (hsm/key_wrapper.h).
enum class Protection { kToken, kWrapped };

// KeySpec says what key to make, or which one is meant.
struct KeySpec {
  // 16 random bytes chosen by the caller: CKA_ID of both halves, unique on the token.
  std::string id;
  // CKA_LABEL of both halves, printable ASCII. It tells whose key it is; no decision depends on its being unique. A wrapped key is
  // bound to it.
  std::string label;
  Algorithm algorithm;
  // For who has signers of both kinds; an Hsm and a KeyWrapper know which they are.
  Protection protection = Protection::kToken;
};

// Checks an id, and a whole spec.
//   kInvalidArgument  INVALID_FIELD: the id has not 16 bytes (an empty one could match foreign objects), the label is empty or not
//                     printable ASCII
absl::Status CheckKeyId(absl::string_view id);
absl::Status CheckKeySpec(const KeySpec& spec);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_KEY_SPEC_H_
