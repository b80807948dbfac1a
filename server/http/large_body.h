#ifndef SIGNET_SERVER_HTTP_LARGE_BODY_H_
#define SIGNET_SERVER_HTTP_LARGE_BODY_H_

#include "absl/strings/string_view.h"
#include "server/http/http_message.h"

namespace signet::http {

// Refuses a request whose body is larger than kMaxBodySize: 413, in the form in which the clients of its path know errors, be that
// a route or not. `target` is as it came.
//   Auth0's API               as Auth0Error has it
//   SAP's REST API            as SapRestError; its command-line server as SapError
//   /oauth/…                  {"error":"invalid_request","error_description"}
//   others                    application/problem+json, REQUEST_MALFORMED
Response RefuseLargeBody(absl::string_view target);

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_LARGE_BODY_H_
