#ifndef SIGNET_SERVER_CORE_TENANT_TREE_H_
#define SIGNET_SERVER_CORE_TENANT_TREE_H_

#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "keystore/key_store.h"
#include "keystore/records.h"

namespace signet::core {

// Checks whether a tenant of `kind` has a parent as it must: a global account has none, a directory has one.
//   kInvalidArgument  INVALID_FIELD or MISSING_FIELD `tenant.parent`
absl::Status CheckParentIsFit(keystore::TenantKind kind, const std::optional<keystore::TenantId>& parent);

// Adds to `change`, which puts the tenant `child` below `parent`, what keeps the tree a tree whatever happens at the same time:
// `parent` is put, unchanged, so that it cannot be deleted as childless, and each tenant above it is expected to stay where it is,
// so that two moves cannot close a cycle together.
//   kNotFound            TENANT_NOT_FOUND: no such parent
//   kFailedPrecondition  TENANT_PARENT: it is a subaccount, the child itself, or below the child
//   as KeyStore::GetTenant
absl::Status PutBelow(keystore::KeyStore& store, const keystore::TenantId& child, const keystore::TenantId& parent,
                      keystore::Change& change);

// Finds a tenant and all that are below it, in no order. Reads once for each that can have children.
//   kNotFound  TENANT_NOT_FOUND
//   as KeyStore::ListTenants
absl::StatusOr<std::vector<keystore::TenantRecord>> FindSubtree(keystore::KeyStore& store, const keystore::TenantId& root);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_TENANT_TREE_H_
