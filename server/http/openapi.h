#ifndef SIGNET_SERVER_HTTP_OPENAPI_H_
#define SIGNET_SERVER_HTTP_OPENAPI_H_

#include "absl/strings/string_view.h"

namespace signet::http {

// The OpenAPI 3.1 document of all HTTP routes: the file openapi.json. Where a route exists both for a Host and behind /t/{tenant},
// it has one path, and the document's `servers` say the rest. A test compares its paths with the routes that there are, and another
// one real answers with its schemas: who adds a route adds its path.
absl::string_view OpenApiDocument();

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_OPENAPI_H_
