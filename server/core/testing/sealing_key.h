#ifndef SIGNET_SERVER_CORE_TESTING_SEALING_KEY_H_
#define SIGNET_SERVER_CORE_TESTING_SEALING_KEY_H_

#include <string>

#include "keystore/records.h"
#include "server/core/services.h"

namespace signet::core {

// Gives the audit ring of the system tenant, which is made if need be, an ENABLED key of this kid; one that was ENABLED is
// DISABLED. Writes one event for each commit. Aborts if anything fails.
keystore::KeyRecord NewSealingKey(const Services& services, const std::string& kid);

// Revokes it now.
void RevokeSealingKey(const Services& services, const std::string& kid);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_TESTING_SEALING_KEY_H_
