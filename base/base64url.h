#ifndef SIGNET_BASE_BASE64URL_H_
#define SIGNET_BASE_BASE64URL_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace signet {

// Encodes as JOSE does: base64url without padding (RFC 7515 section 2).
std::string Base64UrlEncode(absl::string_view bytes);

// Decodes strictly: no padding, no white space, no other alphabet, and only the one canonical text of each value; otherwise
// nullopt.
std::optional<std::string> Base64UrlDecode(absl::string_view text);

}  // namespace signet

#endif  // SIGNET_BASE_BASE64URL_H_
