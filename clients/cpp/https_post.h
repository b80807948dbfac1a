#ifndef SIGNET_CLIENTS_CPP_HTTPS_POST_H_
#define SIGNET_CLIENTS_CPP_HTTPS_POST_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/secret.h"

namespace signet::client {

// HttpsTrust is whom a client trusts, and by what it is recognised.
struct HttpsTrust {
  // The certificates, as PEM, that the server's must descend from. Empty means those that the system trusts.
  std::string ca_certificate = "";
  // The client's certificate, with its chain, and its private key, as PEM; both may be empty.
  std::string client_certificate = "";
  Secret client_key = {};
};

// HttpsRequest is a form that is sent.
struct HttpsRequest {
  // An https URL.
  std::string url;
  // The Authorization header; may be empty.
  Secret authorization = {};
  // The fields of the form (application/x-www-form-urlencoded), not encoded yet.
  std::vector<std::pair<std::string, Secret>> form = {};
  // How long it may take, connecting included.
  absl::Duration timeout = absl::Seconds(30);
};

struct HttpsReply {
  int status = 0;
  // At most 64 KiB.
  std::string body;
  // Of the Retry-After header, if it is a number of seconds; otherwise zero.
  absl::Duration retry_after = absl::ZeroDuration();
};

// Sends a form once, with TLS 1.2 or later, and returns the answer, whatever its status. Follows no redirect, uses no proxy, and
// keeps no connection. Thread-safe.
//   kInvalidArgument  the URL is not https, or the client's certificate and key cannot be used
//   kUnavailable      the server cannot be reached, is not trusted, or answered no HTTP; whether it got the request is unknown
absl::StatusOr<HttpsReply> PostForm(const HttpsRequest& request, const HttpsTrust& trust);

// Encodes `text` as a form does: all but A-Z a-z 0-9 - . _ ~ as %XX.
std::string FormEncoded(absl::string_view text);

}  // namespace signet::client

#endif  // SIGNET_CLIENTS_CPP_HTTPS_POST_H_
