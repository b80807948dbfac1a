#ifndef SIGNET_SERVER_CORE_BOOTSTRAP_H_
#define SIGNET_SERVER_CORE_BOOTSTRAP_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/secret.h"
#include "keystore/key_store.h"

namespace signet::core {

// Where the first administrator's credential stands: tenants/system/credentials/administrator.
inline constexpr absl::string_view kAdministrator = "administrator";

// Bootstrap is how the first administrator gets in. The secret is shown here and nowhere else.
struct Bootstrap {
  std::string client_id;
  Secret client_secret;
  std::string token_url;
};

struct BootstrapOptions {
  // Put a new credential in the place of one that exists: its secrets and its tokens end at once.
  bool replace = false;
};

// Makes the first administrator's credential, a CLIENT_SECRET that never ends and has all scopes in all tenants, and the system
// tenant if there is none yet. Needs the store alone, of which it asks no more than that it is the server's: whoever can write
// there may do this. A server that runs on the store takes the credential up as it does any change.
//   kAlreadyExists  CREDENTIAL_EXISTS: there is one, and `replace` is not set
//   as EnsureSystemRecords and KeyStore::Commit; after kUnavailable, call it again with `replace`
absl::StatusOr<Bootstrap> BootstrapAdministrator(keystore::KeyStore& store, const Clock& clock, Random& random,
                                                 absl::string_view public_url, const BootstrapOptions& options);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_BOOTSTRAP_H_
