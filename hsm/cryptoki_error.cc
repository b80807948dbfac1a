#include "hsm/cryptoki_error.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/error.h"
#include "base/error_reason.h"

namespace signet::hsm {
namespace {

struct NamedResult {
  CK_RV result;
  absl::string_view name;
};

#define SIGNET_CKR(name) \
  { name, #name }

constexpr NamedResult kNames[] = {
    SIGNET_CKR(CKR_OK),
    SIGNET_CKR(CKR_CANCEL),
    SIGNET_CKR(CKR_HOST_MEMORY),
    SIGNET_CKR(CKR_SLOT_ID_INVALID),
    SIGNET_CKR(CKR_GENERAL_ERROR),
    SIGNET_CKR(CKR_FUNCTION_FAILED),
    SIGNET_CKR(CKR_ARGUMENTS_BAD),
    SIGNET_CKR(CKR_NO_EVENT),
    SIGNET_CKR(CKR_NEED_TO_CREATE_THREADS),
    SIGNET_CKR(CKR_CANT_LOCK),
    SIGNET_CKR(CKR_ATTRIBUTE_READ_ONLY),
    SIGNET_CKR(CKR_ATTRIBUTE_SENSITIVE),
    SIGNET_CKR(CKR_ATTRIBUTE_TYPE_INVALID),
    SIGNET_CKR(CKR_ATTRIBUTE_VALUE_INVALID),
    SIGNET_CKR(CKR_ACTION_PROHIBITED),
    SIGNET_CKR(CKR_DATA_INVALID),
    SIGNET_CKR(CKR_DATA_LEN_RANGE),
    SIGNET_CKR(CKR_DEVICE_ERROR),
    SIGNET_CKR(CKR_DEVICE_MEMORY),
    SIGNET_CKR(CKR_DEVICE_REMOVED),
    SIGNET_CKR(CKR_FUNCTION_CANCELED),
    SIGNET_CKR(CKR_FUNCTION_NOT_PARALLEL),
    SIGNET_CKR(CKR_FUNCTION_NOT_SUPPORTED),
    SIGNET_CKR(CKR_KEY_HANDLE_INVALID),
    SIGNET_CKR(CKR_KEY_SIZE_RANGE),
    SIGNET_CKR(CKR_KEY_TYPE_INCONSISTENT),
    SIGNET_CKR(CKR_KEY_FUNCTION_NOT_PERMITTED),
    SIGNET_CKR(CKR_KEY_NOT_WRAPPABLE),
    SIGNET_CKR(CKR_KEY_UNEXTRACTABLE),
    SIGNET_CKR(CKR_MECHANISM_INVALID),
    SIGNET_CKR(CKR_MECHANISM_PARAM_INVALID),
    SIGNET_CKR(CKR_OBJECT_HANDLE_INVALID),
    SIGNET_CKR(CKR_OPERATION_ACTIVE),
    SIGNET_CKR(CKR_OPERATION_NOT_INITIALIZED),
    SIGNET_CKR(CKR_PIN_INCORRECT),
    SIGNET_CKR(CKR_PIN_INVALID),
    SIGNET_CKR(CKR_PIN_LEN_RANGE),
    SIGNET_CKR(CKR_PIN_EXPIRED),
    SIGNET_CKR(CKR_PIN_LOCKED),
    SIGNET_CKR(CKR_SESSION_CLOSED),
    SIGNET_CKR(CKR_SESSION_COUNT),
    SIGNET_CKR(CKR_SESSION_HANDLE_INVALID),
    SIGNET_CKR(CKR_SESSION_PARALLEL_NOT_SUPPORTED),
    SIGNET_CKR(CKR_SESSION_READ_ONLY),
    SIGNET_CKR(CKR_SESSION_EXISTS),
    SIGNET_CKR(CKR_SESSION_READ_ONLY_EXISTS),
    SIGNET_CKR(CKR_SESSION_READ_WRITE_SO_EXISTS),
    SIGNET_CKR(CKR_TEMPLATE_INCOMPLETE),
    SIGNET_CKR(CKR_TEMPLATE_INCONSISTENT),
    SIGNET_CKR(CKR_TOKEN_NOT_PRESENT),
    SIGNET_CKR(CKR_TOKEN_NOT_RECOGNIZED),
    SIGNET_CKR(CKR_TOKEN_WRITE_PROTECTED),
    SIGNET_CKR(CKR_USER_ALREADY_LOGGED_IN),
    SIGNET_CKR(CKR_USER_NOT_LOGGED_IN),
    SIGNET_CKR(CKR_USER_PIN_NOT_INITIALIZED),
    SIGNET_CKR(CKR_USER_TYPE_INVALID),
    SIGNET_CKR(CKR_USER_ANOTHER_ALREADY_LOGGED_IN),
    SIGNET_CKR(CKR_USER_TOO_MANY_TYPES),
    SIGNET_CKR(CKR_WRAPPED_KEY_INVALID),
    SIGNET_CKR(CKR_WRAPPED_KEY_LEN_RANGE),
    SIGNET_CKR(CKR_WRAPPING_KEY_HANDLE_INVALID),
    SIGNET_CKR(CKR_WRAPPING_KEY_SIZE_RANGE),
    SIGNET_CKR(CKR_WRAPPING_KEY_TYPE_INCONSISTENT),
    SIGNET_CKR(CKR_UNWRAPPING_KEY_HANDLE_INVALID),
    SIGNET_CKR(CKR_UNWRAPPING_KEY_SIZE_RANGE),
    SIGNET_CKR(CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT),
    SIGNET_CKR(CKR_RANDOM_NO_RNG),
    SIGNET_CKR(CKR_DOMAIN_PARAMS_INVALID),
    SIGNET_CKR(CKR_CURVE_NOT_SUPPORTED),
    SIGNET_CKR(CKR_BUFFER_TOO_SMALL),
    SIGNET_CKR(CKR_INFORMATION_SENSITIVE),
    SIGNET_CKR(CKR_CRYPTOKI_NOT_INITIALIZED),
    SIGNET_CKR(CKR_CRYPTOKI_ALREADY_INITIALIZED),
    SIGNET_CKR(CKR_MUTEX_BAD),
    SIGNET_CKR(CKR_MUTEX_NOT_LOCKED),
    SIGNET_CKR(CKR_FUNCTION_REJECTED),
};

#undef SIGNET_CKR

constexpr absl::string_view kStaleResults[] = {
    "CKR_OBJECT_HANDLE_INVALID", "CKR_KEY_HANDLE_INVALID",          "CKR_SESSION_HANDLE_INVALID",        "CKR_SESSION_CLOSED",
    "CKR_USER_NOT_LOGGED_IN",    "CKR_WRAPPING_KEY_HANDLE_INVALID", "CKR_UNWRAPPING_KEY_HANDLE_INVALID",
};

struct Meaning {
  absl::StatusCode code;
  absl::string_view reason;
};

Meaning Classify(CK_RV result) {
  switch (result) {
    case CKR_PIN_INCORRECT:
    case CKR_PIN_INVALID:
    case CKR_PIN_LEN_RANGE:
    case CKR_PIN_EXPIRED:
    case CKR_PIN_LOCKED:
    case CKR_USER_PIN_NOT_INITIALIZED:
      return {absl::StatusCode::kFailedPrecondition, reason::kHsmPinRefused};
    case CKR_MECHANISM_INVALID:
    case CKR_MECHANISM_PARAM_INVALID:
    case CKR_FUNCTION_NOT_SUPPORTED:
    case CKR_ATTRIBUTE_TYPE_INVALID:
    case CKR_ATTRIBUTE_VALUE_INVALID:
    case CKR_TEMPLATE_INCOMPLETE:
    case CKR_TEMPLATE_INCONSISTENT:
    case CKR_DOMAIN_PARAMS_INVALID:
    case CKR_CURVE_NOT_SUPPORTED:
    case CKR_KEY_SIZE_RANGE:
    case CKR_KEY_NOT_WRAPPABLE:
    case CKR_KEY_UNEXTRACTABLE:
      return {absl::StatusCode::kUnimplemented, reason::kHsmUnsupported};
    case CKR_DEVICE_MEMORY:
      return {absl::StatusCode::kResourceExhausted, reason::kStorageFull};
    default:
      return {absl::StatusCode::kUnavailable, reason::kHsmUnavailable};
  }
}

}  // namespace

std::string CkrName(CK_RV result) {
  for (const NamedResult& row : kNames) {
    if (row.result == result) return std::string(row.name);
  }
  if (result >= CKR_VENDOR_DEFINED) return absl::StrFormat("CKR_VENDOR_DEFINED+0x%x", result - CKR_VENDOR_DEFINED);
  return absl::StrFormat("CKR_0x%08x", result);
}

absl::Status CryptokiStatus(absl::string_view function, CK_RV result) {
  if (result == CKR_OK) return absl::OkStatus();
  const Meaning meaning = Classify(result);
  const std::string name = CkrName(result);
  return Error(meaning.code, meaning.reason, absl::StrCat("the token answered ", name, " to ", function), {{"ckr", name}});
}

std::string GetCkr(const absl::Status& status) {
  const std::optional<ErrorDetail> detail = GetErrorDetail(status);
  if (!detail) return "";
  const auto ckr = detail->metadata.find("ckr");
  return ckr == detail->metadata.end() ? "" : ckr->second;
}

bool IsStale(const absl::Status& status) {
  const std::string ckr = GetCkr(status);
  return std::find(std::begin(kStaleResults), std::end(kStaleResults), ckr) != std::end(kStaleResults);
}

bool IsPassing(const absl::Status& status) { return absl::IsUnavailable(status) && GetReason(status) == reason::kHsmUnavailable; }

}  // namespace signet::hsm
