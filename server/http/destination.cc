#include "server/http/destination.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace signet::http {

Destination ReadTarget(absl::string_view target, absl::string_view host) {
  Destination destination = {.path = target, .query = "", .authority = host};
  for (const absl::string_view scheme : {"https://", "http://"}) {
    if (!absl::StartsWithIgnoreCase(destination.path, scheme)) continue;
    destination.path.remove_prefix(scheme.size());
    destination.authority = destination.path.substr(0, destination.path.find_first_of("/?"));
    destination.path.remove_prefix(destination.authority.size());
    break;
  }
  const size_t path_size = std::min(destination.path.find('?'), destination.path.size());
  destination.query = destination.path.substr(std::min(path_size + 1, destination.path.size()));
  destination.path = destination.path.substr(0, path_size);
  // What verifiers ask for that append to an issuer with a slash at its end.
  if (absl::StartsWith(destination.path, "//.well-known/")) destination.path.remove_prefix(1);
  return destination;
}

std::optional<Destination> FindDestination(const Request& request) {
  const std::vector<absl::string_view> hosts = FieldValues(request, "Host");
  if (hosts.size() > 1 || (hosts.empty() && request.minor_version > 0)) return std::nullopt;
  return ReadTarget(request.target, hosts.empty() ? "" : hosts[0]);
}

std::string HostAliasOf(absl::string_view authority) {
  // An IPv6 address stands in brackets, so that its colons are not taken for the port's.
  const size_t address_end = absl::StartsWith(authority, "[") ? authority.find(']') : 0;
  if (address_end == absl::string_view::npos) return "";
  return absl::AsciiStrToLower(authority.substr(0, authority.find(':', address_end)));
}

}  // namespace signet::http
