#ifndef SIGNET_SERVER_HTTP_SAP_ROUTE_TABLE_H_
#define SIGNET_SERVER_HTTP_SAP_ROUTE_TABLE_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace signet::http {

// What a route of the surface that is compatible with SAP BTP is about.
enum class SapCall {
  kGetSettings,
  kPatchSettings,
  // Those of the command-line server.
  kLogin,
  kTokenKeyCommand,
  kApiCredentialCommand,
  kSettingsCommand,
};

// SapRoute is a row of the closed table of these routes. Who may call is said by the rules of the RPCs that do the same.
struct SapRoute {
  // "GET" (which HEAD may take too), "PATCH" or "POST".
  absl::string_view method;
  // The template; {version} stands for a segment of the path.
  absl::string_view path;
  // The same behind /t/{tenant}; empty where the path names no tenant, as the body does.
  absl::string_view tenant_path;
  SapCall call;
};

// All routes there are. Those of /token_keys are in route_table.h.
absl::Span<const SapRoute> SapRoutes();

struct SapMatch {
  // Where a path belongs, also one that is no route.
  enum class Part { kRest, kLogin, kCommand };
  Part part = Part::kRest;
  // nullptr if no route of this path takes the method, or if the path is none.
  const SapRoute* route = nullptr;
  // The methods that the path takes, as in Allow; empty if the path is none.
  std::string allowed = {};
  // What stands for {tenant}; absent where the path does not name one. May be empty.
  std::optional<absl::string_view> tenant = std::nullopt;
  // What stands for {version}.
  absl::string_view version = {};
};

// Finds the route of `path`, which is compared as it is, without decoding; nullopt if the path belongs to another surface. `path`
// is borrowed.
std::optional<SapMatch> MatchSapRoute(absl::string_view method, absl::string_view path);

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_SAP_ROUTE_TABLE_H_
