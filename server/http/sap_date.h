#ifndef SIGNET_SERVER_HTTP_SAP_DATE_H_
#define SIGNET_SERVER_HTTP_SAP_DATE_H_

#include <string>

#include "absl/time/time.h"

namespace signet::http {

// Formats `time` as SAP's answers have it, which is as Java prints dates: "Tue Jun 02 10:54:03 UTC 2026".
inline std::string SapDate(absl::Time time) { return absl::FormatTime("%a %b %d %H:%M:%S UTC %E4Y", time, absl::UTCTimeZone()); }

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_SAP_DATE_H_
