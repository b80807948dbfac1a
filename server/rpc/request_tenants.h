#ifndef SIGNET_SERVER_RPC_REQUEST_TENANTS_H_
#define SIGNET_SERVER_RPC_REQUEST_TENANTS_H_

#include <type_traits>
#include <vector>

#include "absl/strings/string_view.h"
#include "keystore/ids.h"

namespace signet::rpc {

// Returns the tenants that resource names begin with, "tenants/{tenant}" or "tenants/{tenant}/…", each once. What does not begin
// so, or with an id that no tenant can have, is passed over: the call itself refuses it, as it refuses what is empty and required.
std::vector<keystore::TenantId> TenantsIn(const std::vector<absl::string_view>& names);

// Whether a request has a field of this name, with that of a resource in it.
template <typename Request>
concept HasName = requires(const Request& request) {
  request.name();
};
template <typename Request>
concept HasParent = requires(const Request& request) {
  request.parent();
};
template <typename Request>
concept HasKeyRing = requires(const Request& request) {
  request.key_ring();
};
template <typename Request>
concept HasTenant = requires(const Request& request) {
  request.tenant();
};
// Only a change of what exists says by a name within the resource what is meant; at a creation, that name is ignored.
template <typename Request>
concept IsUpdate = requires(const Request& request) {
  request.update_mask();
};

// Returns the tenants that `request`, the request of any method, names as what it is about: whoever calls must reach them all. A
// test holds it against the protos, so that no field with the name of a resource is forgotten.
template <typename Request>
std::vector<keystore::TenantId> TenantsOf(const Request& request) {
  std::vector<absl::string_view> names;
  if constexpr (HasName<Request>) names.push_back(request.name());
  if constexpr (HasParent<Request>) names.push_back(request.parent());
  if constexpr (HasKeyRing<Request>) {
    if constexpr (std::is_convertible_v<decltype(request.key_ring()), absl::string_view>) {
      names.push_back(request.key_ring());
    } else if constexpr (IsUpdate<Request>) {
      names.push_back(request.key_ring().name());
    }
  }
  if constexpr (HasTenant<Request>) {
    if constexpr (IsUpdate<Request>) names.push_back(request.tenant().name());
    names.push_back(request.tenant().parent());
  }
  return TenantsIn(names);
}

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_REQUEST_TENANTS_H_
