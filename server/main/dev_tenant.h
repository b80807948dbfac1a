#ifndef SIGNET_SERVER_MAIN_DEV_TENANT_H_
#define SIGNET_SERVER_MAIN_DEV_TENANT_H_

#include "absl/status/status.h"
#include "keystore/key_store.h"
#include "server/core/key_rings.h"
#include "server/core/tenants.h"

namespace signet::server {

// Creates the subaccount `dev`, which answers for the hosts localhost and 127.0.0.1, and sets the activation_delay of its ring
// `access-token` to 0, so that a first try need not wait. Does so once: what was changed or deleted since stays so.
//   as KeyStore
absl::Status CreateDevTenant(keystore::KeyStore& store, core::Tenants& tenants, core::KeyRings& rings);

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_DEV_TENANT_H_
