#ifndef SIGNET_SERVER_HTTP_RATE_LIMIT_FIELDS_H_
#define SIGNET_SERVER_HTTP_RATE_LIMIT_FIELDS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/core/rate_limiter.h"
#include "server/http/http_message.h"

namespace signet::http {

// Tells the client how often it may come, as RateLimiter said: X-RateLimit-Limit, -Remaining, and -Reset in seconds since 1970, as
// Auth0 has it. Replaces those of the refusal alone, below, where the response has them: it knows the rate, but not the burst.
void AddRateLimitFields(const core::RateLimiter::Verdict& verdict, absl::Time now, Response& response);

// The same by the refusal of a RateLimiter, or of a ring whose quota of rotations is used up: then nothing remains, -Reset is when
// the client may come again.
void AddRateLimitFields(const absl::Status& refusal, absl::Time now, Response& response);

// When to come again after `error`, as Retry-After has it: in whole seconds, and at least 1, as sooner would be no wait at all.
std::string RetryAfter(const absl::Status& error);

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_RATE_LIMIT_FIELDS_H_
