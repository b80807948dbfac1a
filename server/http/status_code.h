#ifndef SIGNET_SERVER_HTTP_STATUS_CODE_H_
#define SIGNET_SERVER_HTTP_STATUS_CODE_H_

#include "absl/status/status.h"

namespace signet::http {

// The HTTP status of a failure of the core, for surfaces that have no rule of their own:
//   400  the input is wrong    401  who calls is not known    403    404
//   409  the state forbids it, or changed meanwhile, or this server's HSM lacks the ring's algorithm; repeating it unchanged cannot
//        help at once
//   429  the rate, or the quota of rotations
//   503  store, HSM or executor cannot answer now
//   500  anything else
int HttpStatusOf(const absl::Status& status);

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_STATUS_CODE_H_
