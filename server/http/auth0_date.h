#ifndef SIGNET_SERVER_HTTP_AUTH0_DATE_H_
#define SIGNET_SERVER_HTTP_AUTH0_DATE_H_

#include <string>

#include "absl/time/time.h"

namespace signet::http {

// Formats `time` as Auth0's answers have it, which is as JavaScript prints dates: "2026-01-31T12:00:00.000Z".
inline std::string Auth0Date(absl::Time time) { return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone()); }

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_AUTH0_DATE_H_
