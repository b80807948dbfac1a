#ifndef SIGNET_SERVER_CORE_SHUTTING_DOWN_H_
#define SIGNET_SERVER_CORE_SHUTTING_DOWN_H_

#include "absl/status/status.h"
#include "base/error.h"
#include "base/error_reason.h"

namespace signet::core {

// What a server that is about to end says to whoever comes, and to those whom it does not wait for: kUnavailable SHUTTING_DOWN.
inline absl::Status ShuttingDown() {
  return Error(absl::StatusCode::kUnavailable, reason::kShuttingDown, "the server is shutting down: ask another replica");
}

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_SHUTTING_DOWN_H_
