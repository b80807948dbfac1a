#ifndef SIGNET_SERVER_HTTP_AUTH0_ERROR_H_
#define SIGNET_SERVER_HTTP_AUTH0_ERROR_H_

#include <nlohmann/json.hpp>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/http/http_message.h"

namespace signet::http {

// Answers of the surface that is compatible with Auth0's Management API. Each is for its caller alone: Cache-Control: no-store.

Response Auth0Json(int status, const nlohmann::ordered_json& json);

// An error, `{"statusCode","error","message","errorCode"}`: `error` is the phrase of the status; without the last member where
// `code` is empty. `message` is shown to the client.
Response Auth0Error(int status, absl::string_view message, absl::string_view code = "");

// What a failure of the core means there; the cause stays for the log.
//   400 invalid_body    the input is wrong          401 invalid_token       who calls is not known
//   403 access_denied                               404 inexistent_resource
//   409 conflict        the state forbids it, or changed meanwhile; repeating it unchanged cannot help at once
//   429 too_many_requests  with X-RateLimit fields and Retry-After: the rate, or the quota of rotations
//   503 service_unavailable  store or HSM do not answer; 500 anything else
Response Auth0ErrorOf(const absl::Status& status, absl::Time now);

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_AUTH0_ERROR_H_
