#ifndef SIGNET_SERVER_HTTP_CHANGE_BY_H_
#define SIGNET_SERVER_HTTP_CHANGE_BY_H_

#include "server/core/change_request.h"
#include "server/core/principal.h"

namespace signet::http {

// ChangeBy is what a change is asked for with on surfaces whose callers say neither a request id nor an etag.
inline core::ChangeRequest ChangeBy(const core::Principal& caller) {
  core::ChangeRequest request;
  request.principal = caller.name;
  return request;
}

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_CHANGE_BY_H_
