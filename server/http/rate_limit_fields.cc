#include "server/http/rate_limit_fields.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace signet::http {
namespace {

std::string FormatReset(absl::Time now, absl::Duration reset) {
  return absl::StrCat(absl::ToUnixSeconds(now + absl::Ceil(reset, absl::Seconds(1))));
}

}  // namespace

void AddRateLimitFields(const core::RateLimiter::Verdict& verdict, absl::Time now, Response& response) {
  response.fields.emplace_back("X-RateLimit-Limit", absl::StrCat(verdict.limit));
  response.fields.emplace_back("X-RateLimit-Remaining", absl::StrCat(verdict.remaining));
  response.fields.emplace_back("X-RateLimit-Reset", FormatReset(now, verdict.reset));
}

void AddRateLimitFields(const absl::Status& refusal, absl::Time now, Response& response) {
  const std::optional<ErrorDetail> detail = GetErrorDetail(refusal);
  if (!detail) return;
  if (const auto limit = detail->metadata.find("limit"); limit != detail->metadata.end()) {
    response.fields.emplace_back("X-RateLimit-Limit", limit->second);
  }
  response.fields.emplace_back("X-RateLimit-Remaining", "0");
  response.fields.emplace_back("X-RateLimit-Reset", FormatReset(now, detail->retry_delay.value_or(absl::ZeroDuration())));
}

}  // namespace signet::http
