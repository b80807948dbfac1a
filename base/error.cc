#include "base/error.h"

#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/error_reason.h"

namespace signet {
namespace {

// The payload is a list of lines "name value" with C-escaped values: this folder knows neither proto nor JSON.
constexpr absl::string_view kPayloadUrl = "signet/ErrorDetail";

}  // namespace

absl::Status Error(absl::StatusCode code, absl::string_view reason, absl::string_view message,
                   std::map<std::string, std::string> metadata, std::optional<absl::Duration> retry_delay) {
  absl::Status status(code, message);
  std::string payload = absl::StrCat("reason ", reason, "\n");
  if (retry_delay) absl::StrAppend(&payload, "retry ", absl::ToInt64Milliseconds(*retry_delay), "\n");
  for (const auto& [key, value] : metadata) {
    absl::StrAppend(&payload, "meta ", absl::CEscape(key), " ", absl::CEscape(value), "\n");
  }
  status.SetPayload(kPayloadUrl, absl::Cord(payload));
  return status;
}

std::optional<ErrorDetail> GetErrorDetail(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kPayloadUrl);
  if (!payload) return std::nullopt;
  ErrorDetail detail;
  const std::string text(*payload);
  for (absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> field = absl::StrSplit(line, absl::MaxSplits(' ', 1));
    if (field.first == "reason") {
      detail.reason = std::string(field.second);
    } else if (field.first == "retry") {
      int64_t milliseconds = 0;
      if (absl::SimpleAtoi(field.second, &milliseconds)) detail.retry_delay = absl::Milliseconds(milliseconds);
    } else {
      const std::pair<absl::string_view, absl::string_view> entry = absl::StrSplit(field.second, absl::MaxSplits(' ', 1));
      std::string key;
      std::string value;
      if (absl::CUnescape(entry.first, &key) && absl::CUnescape(entry.second, &value)) detail.metadata[key] = value;
    }
  }
  return detail;
}

std::string GetReason(const absl::Status& status) {
  const std::optional<ErrorDetail> detail = GetErrorDetail(status);
  return detail ? detail->reason : "";
}

absl::Status Annotate(const absl::Status& status, absl::string_view context) {
  if (status.ok()) return status;
  absl::Status annotated(status.code(), absl::StrCat(context, ": ", status.message()));
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) { annotated.SetPayload(url, payload); });
  return annotated;
}

absl::Status InvalidField(absl::string_view field, absl::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, reason::kInvalidField, absl::StrCat(field, ": ", message),
               {{"field", std::string(field)}});
}

absl::Status Defect(absl::string_view message) { return Error(absl::StatusCode::kInternal, reason::kDefect, message); }

}  // namespace signet
