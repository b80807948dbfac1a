#include "hsm/module_quirks.h"

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace signet::hsm {

ModuleQuirks QuirksOf(const CK_FUNCTION_LIST& functions) {
  CK_INFO info = {};
  if (functions.C_GetInfo(&info) != CKR_OK) return {};
  const absl::string_view maker(reinterpret_cast<const char*>(info.manufacturerID), sizeof(info.manufacturerID));
  const bool is_tpm2 = absl::StartsWith(maker, "tpm2-software.github.io");
  return {.denies_local = absl::StartsWith(maker, "Mozilla Foundation"),
          .sets_public_usage = is_tpm2,
          .signs_pkcs1_by_decrypting = is_tpm2,
          .breaks_long_points = is_tpm2};
}

}  // namespace signet::hsm
