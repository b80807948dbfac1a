#ifndef SIGNET_SERVER_CORE_TENANTS_H_
#define SIGNET_SERVER_CORE_TENANTS_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "keystore/key_store.h"
#include "keystore/records.h"
#include "server/core/change_request.h"
#include "server/core/principal.h"
#include "server/core/services.h"

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
  keystore::TenantKind kind = keystore::TenantKind::kSubaccount;
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
  // As they are to be published: whoever calls has checked each JWK.
  std::optional<std::vector<keystore::CustomSigningKey>> custom_signing_keys;
};

// Tenants makes and keeps tenants. Thread-safe; every method blocks on the store. The errors are those that
// signet.v1.TenantService documents for each RPC, and those of KeyStore. The system tenant is refused to all that change one.
class Tenants {
 public:
  explicit Tenants(Services services) : services_(std::move(services)) {}

  // Creates the tenant and its ring `access-token` (ES256, STANDARD) in one step. The id of a deleted tenant may be used again; the
  // kids that its keys had stay used.
  absl::StatusOr<TenantView> Create(const NewTenant& tenant, const ChangeRequest& request);
  absl::StatusOr<TenantView> Get(const keystore::TenantId& id);
  // In the order of ids; the system tenant only where the filter asks for its kind. TENANT_NOT_FOUND if the filter names a parent
  // that does not exist.
  absl::StatusOr<ListResult<TenantView>> List(const keystore::KeyStore::TenantFilter& filter, const ListRequest& request);
  // The same list without what `caller` does not reach. It costs as much as there is below the caller's tenant.
  absl::StatusOr<ListResult<TenantView>> ListReached(const Principal& caller, const keystore::KeyStore::TenantFilter& filter,
                                                     const ListRequest& request);
  absl::StatusOr<TenantView> Update(const keystore::TenantId& id, const TenantUpdate& update, const ChangeRequest& request);
  // Deletes the tenant's empty ring `access-token` with it.
  absl::Status Delete(const keystore::TenantId& id, const ChangeRequest& request);

 private:
  absl::StatusOr<TenantView> CreateOnce(const keystore::TenantRecord& wanted, const ChangeRequest& request);
  absl::StatusOr<TenantView> UpdateOnce(const keystore::TenantId& id, const TenantUpdate& update, const ChangeRequest& request);
  absl::Status DeleteOnce(const keystore::TenantId& id, const ChangeRequest& request);
  // HOST_ALIAS_EXISTS if another tenant has one.
  absl::Status CheckHostAliasesAreFree(const keystore::TenantRecord& tenant);
  // KEY_EXISTS if a key of the tenant has, or had, the kid of a custom one.
  absl::Status CheckCustomKidsAreFree(const keystore::TenantRecord& tenant);
  // Puts `tenant` below its parent, or at a root.
  absl::Status Place(const keystore::TenantRecord& tenant, keystore::Change& change);
  absl::StatusOr<TenantView> RepeatResult(const std::string& result);
  TenantView View(keystore::TenantRecord record) const;

  Services services_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_TENANTS_H_
