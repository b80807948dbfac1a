#ifndef SIGNET_SERVER_CORE_CLIENT_ID_H_
#define SIGNET_SERVER_CORE_CLIENT_ID_H_

#include <string>

#include "base/random.h"

namespace signet::core {

// Returns an OAuth client_id: 32 random letters and digits, 190 bits.
std::string NewClientId(Random& random);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_CLIENT_ID_H_
