#ifndef SIGNET_SERVER_HTTP_HTTP_MESSAGE_H_
#define SIGNET_SERVER_HTTP_HTTP_MESSAGE_H_

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/secret.h"

namespace signet::http {

using Fields = std::vector<std::pair<std::string, std::string>>;
// The fields of a response. The names are constant text.
using ResponseFields = std::vector<std::pair<absl::string_view, std::string>>;

// The largest body that a request may have.
inline constexpr size_t kMaxBodySize = 64 * 1024;

// Request is an HTTP request, as it came over the wire.
struct Request {
  std::string method;
  // The request target (RFC 9112 section 3.2): "/path?query", or an absolute URL.
  std::string target;
  // 1 for HTTP/1.1, 0 for HTTP/1.0.
  int minor_version = 1;
  Fields fields = {};
  // Whatever transfer coding it came in, without that. It may hold what a client proves itself with.
  Secret body = {};
  // The certificates that the client presented over TLS, as PEM, its own first; empty without.
  std::string peer_chain_pem = {};
  // The address that the connection came from, without its port.
  std::string peer_address = {};
  // When it had been read.
  std::chrono::steady_clock::time_point arrival = std::chrono::steady_clock::now();
};

// Returns the values of the fields of that name, regardless of case, in their order.
std::vector<absl::string_view> FieldValues(const Request& request, absl::string_view name);

// Response is an HTTP response.
struct Response {
  int status = 200;
  ResponseFields fields = {};
  // What is sent; empty where the method or the status allows no content.
  std::string body = {};
  // What is sent in place of `body` if it is not null: a document that is served again and again, without a copy. Shared with
  // whoever keeps it.
  std::shared_ptr<const std::string> shared_body = nullptr;
  // What Content-Length says: the size that the body has, or would have in answer to a GET (RFC 9110 section 8.6).
  size_t content_length = 0;
  // What the request is measured and logged as where `status` does not say it: a protocol whose answers are all 200 has its own
  // place for the status.
  std::optional<int> outcome = std::nullopt;
  // Why the request failed, for the log, where the response does not say it; never for the client.
  absl::Status cause = absl::OkStatus();
};

// Returns the phrase that goes with a status of ours, such as "Not Found".
absl::string_view ReasonPhrase(int status);

// Returns an error as application/problem+json (RFC 9457), with the extension member `reason`: a value of signet.v1.ErrorReason, or
// one of those below. `detail` is shown to the client: constant text, never input.
Response Problem(int status, absl::string_view reason, absl::string_view detail);

// The reasons of errors that only HTTP knows.
inline constexpr absl::string_view kPathNotFound = "PATH_NOT_FOUND";
inline constexpr absl::string_view kMethodNotAllowed = "METHOD_NOT_ALLOWED";
inline constexpr absl::string_view kRequestMalformed = "REQUEST_MALFORMED";

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_HTTP_MESSAGE_H_
