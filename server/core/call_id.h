#ifndef SIGNET_SERVER_CORE_CALL_ID_H_
#define SIGNET_SERVER_CORE_CALL_ID_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "base/random.h"

namespace signet::core {

// The longest id of a call that is taken over: a UUID fits, a client secret and a token do not, as ids are logged.
inline constexpr size_t kMaxCallIdSize = 40;

// Returns the id under which a call, of any protocol, is logged and answered: what its caller sent as `x-request-id`, if that is 1
// to kMaxCallIdSize printable ASCII characters, otherwise a new UUID.
std::string ChooseCallId(absl::string_view sent, Random& random);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_CALL_ID_H_
