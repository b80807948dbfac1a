#ifndef SIGNET_SERVER_CORE_CLIENT_ID_H_
#define SIGNET_SERVER_CORE_CLIENT_ID_H_

#include <string>

#include "absl/strings/string_view.h"
#include "base/random.h"

namespace signet::core {

// Returns an OAuth client_id: 32 random letters and digits, 190 bits.
std::string NewClientId(Random& random);
// The same where it is to have a form: `prefix` and 18 random digits, 59 bits. No secret, but different each time.
std::string NewNumberedClientId(absl::string_view prefix, Random& random);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_CLIENT_ID_H_
