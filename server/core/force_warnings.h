#ifndef SIGNET_SERVER_CORE_FORCE_WARNINGS_H_
#define SIGNET_SERVER_CORE_FORCE_WARNINGS_H_

#include <string>

#include "keystore/lifecycle.h"
#include "keystore/policy.h"
#include "keystore/records.h"

namespace signet::core {

// What force breaks, as sentences for people: lower case, no period.

// Of a NEXT key that begins to sign before verifiers must know it.
std::string EarlyActivationWarning(const keystore::KeyRecord& next, const keystore::ResolvedPolicy& policy);

// Of a key whose tokens are still valid and verify no longer.
std::string LostTokensWarning(const keystore::KeyRecord& key);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_FORCE_WARNINGS_H_
