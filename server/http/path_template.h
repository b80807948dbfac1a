#ifndef SIGNET_SERVER_HTTP_PATH_TEMPLATE_H_
#define SIGNET_SERVER_HTTP_PATH_TEMPLATE_H_

#include <optional>
#include <vector>

#include "absl/strings/string_view.h"

namespace signet::http {

// Compares `path`, as it is and without decoding, with a template such as "/keys/{kid}", whose variables stand for a segment each
// that is not empty. Returns what stands for them, in their order, borrowed from `path`; nullopt if the path is another one.
std::optional<std::vector<absl::string_view>> MatchPath(absl::string_view path, absl::string_view path_template);

// Takes "/t/{tenant}" off the front of `path`, and returns what stands for the variable, which may be empty; nullopt if `path` does
// not begin with it.
std::optional<absl::string_view> TakeTenant(absl::string_view& path);

// Whether a route of `route_method` takes requests of `method`: its own; and HEAD, where it is GET.
inline bool TakesMethod(absl::string_view route_method, absl::string_view method) {
  return route_method == method || (route_method == "GET" && method == "HEAD");
}

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_PATH_TEMPLATE_H_
