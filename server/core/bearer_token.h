#ifndef SIGNET_SERVER_CORE_BEARER_TOKEN_H_
#define SIGNET_SERVER_CORE_BEARER_TOKEN_H_

#include <cstddef>
#include <optional>

#include "absl/strings/string_view.h"

namespace signet::core {

// The largest access token that Signet reads, in bytes. Its own are of 600 to 2,000.
inline constexpr size_t kMaxAccessTokenSize = 16 * 1024;

// Finds what follows the scheme Bearer (RFC 6750 section 2.1), in any case, and one or more spaces: a part of `authorization`, that
// need not be a token; nullopt for another scheme, and for none.
std::optional<absl::string_view> FindBearerToken(absl::string_view authorization);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_BEARER_TOKEN_H_
