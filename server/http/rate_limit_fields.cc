#include "server/http/rate_limit_fields.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace signet::http {
namespace {

std::string FormatReset(absl::Time now, absl::Duration reset) {
  return absl::StrCat(absl::ToUnixSeconds(now + absl::Ceil(reset, absl::Seconds(1))));
}

}  // namespace

void AddRateLimitFields(const core::RateLimiter::Verdict& verdict, absl::Time now, Response& response) {
  std::erase_if(response.fields, [](const auto& field) { return absl::StartsWith(field.first, "X-RateLimit-"); });
  response.fields.emplace_back("X-RateLimit-Limit", absl::StrCat(verdict.limit));
  response.fields.emplace_back("X-RateLimit-Remaining", absl::StrCat(verdict.remaining));
  response.fields.emplace_back("X-RateLimit-Reset", FormatReset(now, verdict.reset));
}

void AddRateLimitFields(const absl::Status& refusal, absl::Time now, Response& response) {
  const ErrorDetail detail = GetErrorDetail(refusal).value_or(ErrorDetail());
  for (const char* name : {"limit", "rotations_per_day"}) {
    if (const auto limit = detail.metadata.find(name); limit != detail.metadata.end()) {
      response.fields.emplace_back("X-RateLimit-Limit", limit->second);
    }
  }
  response.fields.emplace_back("X-RateLimit-Remaining", "0");
  response.fields.emplace_back("X-RateLimit-Reset", FormatReset(now, detail.retry_delay.value_or(absl::ZeroDuration())));
}

std::string RetryAfter(const absl::Status& error) {
  const absl::Duration delay = GetErrorDetail(error).value_or(ErrorDetail()).retry_delay.value_or(absl::ZeroDuration());
  return absl::StrCat(std::max<int64_t>(1, absl::ToInt64Seconds(absl::Ceil(delay, absl::Seconds(1)))));
}

}  // namespace signet::http
