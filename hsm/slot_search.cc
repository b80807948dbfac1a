#include "hsm/slot_search.h"

#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/cryptoki_error.h"

namespace signet::hsm {
namespace {

absl::StatusOr<std::vector<CK_SLOT_ID>> ListSlotsWithToken(const CK_FUNCTION_LIST& functions) {
  for (;;) {
    CK_ULONG count = 0;
    SIGNET_RETURN_IF_ERROR(CryptokiStatus("C_GetSlotList", functions.C_GetSlotList(CK_TRUE, nullptr, &count)));
    std::vector<CK_SLOT_ID> slots(count);
    const CK_RV result = functions.C_GetSlotList(CK_TRUE, slots.data(), &count);
    if (result == CKR_BUFFER_TOO_SMALL) continue;  // A token was inserted in between.
    SIGNET_RETURN_IF_ERROR(CryptokiStatus("C_GetSlotList", result));
    slots.resize(count);
    return slots;
  }
}

// The label is padded with blanks.
absl::string_view LabelOf(const CK_TOKEN_INFO& token) {
  return absl::StripTrailingAsciiWhitespace(absl::string_view(reinterpret_cast<const char*>(token.label), sizeof(token.label)));
}

}  // namespace

absl::StatusOr<CK_SLOT_ID> FindSlot(const CryptokiModule& module, absl::string_view token_label) {
  if (token_label.empty() || token_label.size() > sizeof(CK_TOKEN_INFO::label)) {
    return InvalidField("token_label", "a token's label has 1 to 32 bytes");
  }
  SIGNET_ASSIGN_OR_RETURN(const std::vector<CK_SLOT_ID> slots, ListSlotsWithToken(module.functions()));
  std::optional<CK_SLOT_ID> found;
  absl::Status unreadable;
  for (const CK_SLOT_ID slot : slots) {
    CK_TOKEN_INFO token = {};
    const CK_RV result = module.functions().C_GetTokenInfo(slot, &token);
    if (result != CKR_OK) unreadable = CryptokiStatus("C_GetTokenInfo", result);
    if (result != CKR_OK || (token.flags & CKF_TOKEN_INITIALIZED) == 0 || LabelOf(token) != token_label) continue;
    if (found) return InvalidField("token_label", absl::StrCat("several tokens have the label ", token_label));
    found = slot;
  }
  if (found) return *found;
  SIGNET_RETURN_IF_ERROR(unreadable);
  return Error(absl::StatusCode::kNotFound, reason::kInvalidField, absl::StrCat("no token has the label ", token_label),
               {{"field", "token_label"}});
}

}  // namespace signet::hsm
