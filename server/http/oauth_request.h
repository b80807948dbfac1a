#ifndef SIGNET_SERVER_HTTP_OAUTH_REQUEST_H_
#define SIGNET_SERVER_HTTP_OAUTH_REQUEST_H_

#include <cstddef>

#include "server/core/oauth_types.h"
#include "server/http/http_message.h"
#include "server/http/request_parameters.h"
#include "server/http/token_endpoint.h"

namespace signet::http {

// The longest client_id that there can be.
inline constexpr size_t kMaxClientIdSize = 256;

// Reads the parameters in the body of `request`: a form, or where `json_allowed` a JSON object. Parameters of the query do not
// count, as RFC 6749 section 2.3.1 forbids credentials there.
//   invalid_request  another Content-Type, or as ParseForm and ParseJsonForm
enum class BodyForms { kForm, kFormOrJson };
core::OAuthResult<RequestParameters> ReadParameters(const Request& request, BodyForms forms);

// Reads by what the client authenticates: the Authorization field (Basic, RFC 6749 section 2.3.1), client_secret, client_assertion,
// or client_id alone, which leaves the certificate.
//   invalid_request  several of them, Basic and client_id that differ, or text beyond printable ASCII
//   invalid_client   none of them; an Authorization that is not Basic; an assertion of another type
core::OAuthResult<core::ClientEvidence> ReadClient(const Request& request, const RequestParameters& parameters);

// Reads what POST /oauth/token asks for.
//   invalid_request         no grant_type; `audience` and `resource` that differ; text beyond printable ASCII; and as ReadClient
//   unsupported_grant_type  another than client_credentials
//   invalid_client          as ReadClient
core::OAuthResult<core::TokenRequest> ReadTokenRequest(const Request& request, const RequestParameters& parameters);

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_OAUTH_REQUEST_H_
