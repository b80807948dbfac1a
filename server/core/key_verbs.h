#ifndef SIGNET_SERVER_CORE_KEY_VERBS_H_
#define SIGNET_SERVER_CORE_KEY_VERBS_H_

#include "absl/status/statusor.h"
#include "keystore/lifecycle.h"
#include "server/core/change_request.h"
#include "server/core/key_view.h"
#include "server/core/names.h"
#include "server/core/services.h"

namespace signet::core {

// Moves an existing key by kEnable, kDisable, kRevoke or kDelete in one commit, and publishes it. kEnable disables the key that was
// enabled in the same commit. After kRevoke and kDelete the private key is destroyed; if the HSM fails at that, the call succeeds
// all the same, because the change of state holds whatever the HSM does, and the next reconciliation finishes it.
//
// A verb that the state already fulfils writes nothing but, if there is one, its request_id: a late repetition must return this
// result and not move the key again.
//   as FindKey, FindFirstResult, CheckEtag, keystore::Apply, CommitAndPublish
absl::StatusOr<KeyView> MoveKey(const Services& services, const KeyName& name, keystore::KeyVerb verb, keystore::Force force,
                                const ChangeRequest& request);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_KEY_VERBS_H_
