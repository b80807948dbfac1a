#ifndef SIGNET_SERVER_HTTP_ROUTED_RESPONSE_H_
#define SIGNET_SERVER_HTTP_ROUTED_RESPONSE_H_

#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/strings/string_view.h"
#include "server/core/executor.h"
#include "server/http/http_message.h"

namespace signet::http {

// PendingWork makes a response where that waits for store or HSM.
struct PendingWork {
  // Borrowed; nullptr if there is nothing to do.
  core::Executor* executor = nullptr;
  // Called once at most, on a worker of `executor`; owns what it needs, but for the backend.
  absl::AnyInvocable<Response(int worker)> run = {};
};

// The route of a request that has none.
inline constexpr absl::string_view kNoRoute = "other";

// RoutedResponse is a response and what logs and metrics say of it.
struct RoutedResponse {
  // The template of the route, such as "/t/{tenant}/.well-known/jwks.json"; kNoRoute for a path that matches none. Never the path
  // itself: that would let clients make up metrics.
  absl::string_view route;
  // The tenant that was served; empty if none was.
  std::string tenant = {};
  // If there is work to do, the answer for when it cannot be done: the executor is full or shuts down.
  Response response = {};
  PendingWork work = {};
};

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_ROUTED_RESPONSE_H_
