#ifndef SIGNET_SERVER_MAIN_DURATION_H_
#define SIGNET_SERVER_MAIN_DURATION_H_

#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"

namespace signet::server {

// The value of a field of the configuration, such as limits.drain_timeout.
inline absl::Duration ToDuration(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_DURATION_H_
