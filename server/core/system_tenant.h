#ifndef SIGNET_SERVER_CORE_SYSTEM_TENANT_H_
#define SIGNET_SERVER_CORE_SYSTEM_TENANT_H_

#include "absl/status/status.h"
#include "server/core/services.h"

namespace signet::core {

// Makes sure that Signet's own tenant exists (EnsureSystemRecords), that each of its rings has an ENABLED key whose private key the
// HSM holds, and a NEXT one where its policy keeps one; then refreshes the directory. Called at the start, after the
// reconciliation, before anybody is served. Idempotent: after a crash half-way, the next start goes on. An ENABLED key whose
// private key is gone, as after the token was replaced, is superseded by a new one; what it signed stays verifiable. Several
// processes that start at the same time may each make a key; the last one enabled signs.
//   as EnsureSystemRecords, CreateKey and MoveKey; safe to retry
absl::Status EnsureSystemTenant(const Services& services);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_SYSTEM_TENANT_H_
