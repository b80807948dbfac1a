#ifndef SIGNET_SERVER_CORE_TENANTS_H_
#define SIGNET_SERVER_CORE_TENANTS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "keystore/key_store.h"
#include "keystore/records.h"
#include "server/core/change_request.h"
#include "server/core/keys.h"
#include "server/core/names.h"

namespace signet::core {

struct TenantView {
  keystore::TenantRecord record;
  // The issuer in force.
  std::string issuer;
  std::string etag;
};

// NewTenant is what CreateTenant needs.
struct NewTenant {
  // Empty: a random UUID.
  std::string id;
  keystore::TenantKind kind;
  // Empty: the id.
  std::string display_name;
  std::optional<keystore::TenantId> parent;
  std::string issuer;
  std::vector<std::string> host_aliases;
};

// TenantUpdate holds new values; what is not set stays.
struct TenantUpdate {
  std::optional<std::string> display_name;
  std::optional<std::optional<keystore::TenantId>> parent;
  std::optional<std::string> issuer;
  std::optional<std::vector<std::string>> host_aliases;
};

// Tenants makes and keeps tenants. Thread-safe; every method blocks on the store. The errors are those that
// signet.v1.TenantService documents for each RPC, and those of KeyStore.
class Tenants {
 public:
  explicit Tenants(Services services);

  // Creates the tenant and its ring `access-token` (ES256, STANDARD) in one step.
  absl::StatusOr<TenantView> Create(const NewTenant& tenant, const ChangeRequest& request);
  absl::StatusOr<TenantView> Get(const keystore::TenantId& id);
  absl::StatusOr<ListResult<TenantView>> List(const keystore::KeyStore::TenantFilter& filter, const ListRequest& request);
  absl::StatusOr<TenantView> Update(const keystore::TenantId& id, const TenantUpdate& update, const ChangeRequest& request);
  absl::Status Delete(const keystore::TenantId& id, const ChangeRequest& request);
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_TENANTS_H_
