#ifndef SIGNET_SERVER_HTTP_HTTP_DATE_H_
#define SIGNET_SERVER_HTTP_HTTP_DATE_H_

#include <string>

#include "absl/time/time.h"

namespace signet::http {

// Returns `time` as HTTP has it (RFC 9110 section 5.6.7), such as "Sun, 06 Nov 1994 08:49:37 GMT". Every response has one, and
// absl::FormatTime takes some µs.
std::string FormatHttpDate(absl::Time time);

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_HTTP_DATE_H_
