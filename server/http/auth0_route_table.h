#ifndef SIGNET_SERVER_HTTP_AUTH0_ROUTE_TABLE_H_
#define SIGNET_SERVER_HTTP_AUTH0_ROUTE_TABLE_H_

#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "server/core/access.h"

namespace signet::http {

// What a route of the surface that is compatible with Auth0 is about.
enum class Auth0Call {
  kListKeys,
  kGetKey,
  kRotateKeys,
  kRevokeKey,
  kGetCustomKeys,
  kSetCustomKeys,
  kDeleteCustomKeys,
  kRotateSecret,
  kListCredentials,
  kCreateCredential,
  kGetCredential,
  kDeleteCredential,
  // The certificate of the key that signs; for anybody.
  kCer,
  kPem,
  kRawPem,
  kPkcs7,
  kFingerprint,
};

// Auth0Route is a row of the closed table of these routes.
struct Auth0Route {
  // "GET" (which HEAD may take too), "POST", "PUT" or "DELETE".
  absl::string_view method;
  // The template, whose variables stand for a segment of the path each. Every route exists behind /t/{tenant} too.
  absl::string_view path;
  absl::string_view tenant_path;
  Auth0Call call;
  const core::AccessRule& rule;
  // What Auth0 calls the scopes that the rule asks for, as its errors have them.
  absl::string_view scopes;
};

// All routes there are.
absl::Span<const Auth0Route> Auth0Routes();

struct Auth0Match {
  // nullptr if no route of this path takes the method, or if the path is none of Auth0's API though it lies below /api/v2/.
  const Auth0Route* route = nullptr;
  // What stands for {tenant}; absent where the Host says it. May be empty.
  std::optional<absl::string_view> tenant = std::nullopt;
  // What stands for the other variables, in their order; not empty.
  std::vector<absl::string_view> variables = {};
};

// Finds the route of `path`, which is compared as it is, without decoding; nullopt if the path belongs to another surface. `path`
// is borrowed.
std::optional<Auth0Match> MatchAuth0Route(absl::string_view method, absl::string_view path);

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_AUTH0_ROUTE_TABLE_H_
