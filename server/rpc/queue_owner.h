#ifndef SIGNET_SERVER_RPC_QUEUE_OWNER_H_
#define SIGNET_SERVER_RPC_QUEUE_OWNER_H_

#include <string>

#include "server/core/principal.h"

namespace signet::rpc {

// Whose the tasks are that the calls of `principal` give to a core::Executor: its tenant's. "", which has no share of its own, if
// it belongs to none.
inline std::string QueueOwner(const core::Principal& principal) { return principal.tenant ? principal.tenant->value() : ""; }

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_QUEUE_OWNER_H_
