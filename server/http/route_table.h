#ifndef SIGNET_SERVER_HTTP_ROUTE_TABLE_H_
#define SIGNET_SERVER_HTTP_ROUTE_TABLE_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "server/core/access.h"

namespace signet::http {

// kPublic: what the public listener has. kProbe: /livez, /readyz and /metrics alone, for anybody.
enum class RouteSet { kPublic, kProbe };

// What a route is about.
enum class Resource {
  kJwks,
  kTokenKeys,
  kTokenKey,
  kOpenIdConfiguration,
  kServerMetadata,
  kSamlMetadata,
  kWsFederationMetadata,
  kOpenApi,
  kLive,
  kReady,
  kMetrics,
  kToken,
  kIntrospection,
  kRevocation
};

// RouteEntry is a row of the closed table of routes.
struct RouteEntry {
  // The template, in which "{tenant}" and "{client}" stand for segments of the path; without the former the Host says which tenant
  // is meant.
  absl::string_view path;
  Resource resource;
  // Whether it takes POST; otherwise it takes GET and HEAD.
  bool is_post;
  // Who may.
  const core::AccessRule& rule;
};

// All routes there are.
absl::Span<const RouteEntry> AllRoutes();

struct RouteMatch {
  const RouteEntry& entry;
  // What stands in the path for {tenant}; may be empty.
  std::optional<absl::string_view> tenant;
  // What stands there for {client}; may be empty.
  std::optional<absl::string_view> client = std::nullopt;
};

// Finds the route of `path`, which is compared as it is, without decoding; nullopt if `routes` has none. `path` is borrowed.
std::optional<RouteMatch> MatchRoute(absl::string_view path, RouteSet routes);

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_ROUTE_TABLE_H_
