#ifndef SIGNET_SERVER_CORE_CHECKED_JWS_H_
#define SIGNET_SERVER_CORE_CHECKED_JWS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hsm/algorithm.h"
#include "server/core/jws.h"
#include "server/core/tenant_snapshot.h"

namespace signet::core {

// CheckedJws is a compact JWS whose signature is that of a tenant's published key. What it says is still to be checked.
struct CheckedJws {
  std::shared_ptr<const PublishedKey> key;  // Shared with the snapshot.
  JwsHeader header;
  std::string header_json;
  std::string payload;
};

// Reads `token` and checks its signature with the key that its `kid` names, and with nothing that it brings along. The caller
// bounds its size.
//   kInvalidArgument  TOKEN_MALFORMED, TOKEN_ALGORITHM: `alg` is none, unknown or not that of the key
//                     TOKEN_KEY_UNKNOWN, TOKEN_SIGNATURE
// No message quotes the token.
absl::StatusOr<CheckedJws> CheckJws(const TenantSnapshot& tenant, absl::string_view token);

// Whether `alg` is the JOSE name of `algorithm`. The one of a key decides what verifies, never the one of a token (RFC 8725 section
// 3.1): the token only has to agree.
bool IsJoseName(absl::string_view alg, hsm::Algorithm algorithm);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_CHECKED_JWS_H_
