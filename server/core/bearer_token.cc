#include "server/core/bearer_token.h"

#include "absl/strings/match.h"

namespace signet::core {

std::optional<absl::string_view> FindBearerToken(absl::string_view authorization) {
  const absl::string_view scheme = authorization.substr(0, authorization.find(' '));
  if (!absl::EqualsIgnoreCase(scheme, "Bearer")) return std::nullopt;
  authorization.remove_prefix(scheme.size());
  while (!authorization.empty() && authorization.front() == ' ') authorization.remove_prefix(1);
  return authorization;
}

}  // namespace signet::core
