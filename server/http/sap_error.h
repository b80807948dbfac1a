#ifndef SIGNET_SERVER_HTTP_SAP_ERROR_H_
#define SIGNET_SERVER_HTTP_SAP_ERROR_H_

#include <nlohmann/json.hpp>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/http/http_message.h"

namespace signet::http {

// Answers of the surface that is compatible with SAP BTP. Each is for its caller alone: Cache-Control: no-store. A 401 has a
// challenge, WWW-Authenticate.

Response SapJson(int status, const nlohmann::ordered_json& json);

// An error of the REST API, `{"error","error_description"}`, as UAA has it. `description` is shown to the client.
Response SapRestError(int status, absl::string_view error, absl::string_view description);

// What the outcome of a call means there: 200 with the JSON; or the error, whose status is HttpStatusOf and whose cause stays for
// the log. A 429 has X-RateLimit fields and Retry-After.
Response SapRestAnswer(const absl::StatusOr<nlohmann::ordered_json>& outcome, absl::Time now);

// An error of the command-line server that has a status of its own, as those of logins and sessions: `{"error"}`.
Response SapError(int status, absl::string_view error);
Response SapErrorOf(const absl::Status& status, absl::Time now);

// What the outcome of a command means there: the HTTP status is 200 in any case, the real one is in X-Cpcli-Backend-Status, and an
// error is `{"error"}`.
Response SapCommandAnswer(const absl::StatusOr<nlohmann::ordered_json>& outcome, absl::Time now);
Response SapCommandError(int backend_status, absl::string_view error);

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_SAP_ERROR_H_
