#ifndef SIGNET_SERVER_CORE_BEARER_AUTHENTICATOR_H_
#define SIGNET_SERVER_CORE_BEARER_AUTHENTICATOR_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "server/core/access_token.h"
#include "server/core/authentication_observer.h"
#include "server/core/credential_directory.h"
#include "server/core/key_directory.h"
#include "server/core/principal.h"
#include "server/core/recent_map.h"

namespace signet::core {

// BearerAuthenticator recognises the clients to which access tokens for Signet's own API were issued. Thread-safe; waits for
// neither store nor HSM.
//
// Tokens that were good are remembered by their SHA-256, so that a client that calls often costs one signature check; each call
// still sees at once that a token, its key or its credential was revoked, deleted or has ended. Tokens that were not good are never
// remembered, so that nobody without a good one can fill the memory.
class BearerAuthenticator {
 public:
  struct Options {
    // What `aud` may be; at least one.
    std::vector<std::string> audiences;
    // As RecentMap takes it.
    size_t cache_size = 4096;
    // Is told of failures; borrowed. nullptr: nobody is.
    AuthenticationObserver* observer = nullptr;
  };
  // What is not in `options` is borrowed.
  BearerAuthenticator(Options options, const KeyDirectory& directory, const CredentialDirectory& credentials, const Clock& clock);

  // Recognises the client of `token`, whatever that is. `peer_chain_pem` is as in CallEvidence: a token that is bound to a
  // certificate counts only from a caller who has its key.
  //   kUnauthenticated  BEARER_TOKEN_INVALID; the message says why, and quotes nothing
  absl::StatusOr<std::shared_ptr<const Principal>> Authenticate(absl::string_view token, absl::string_view peer_chain_pem);

 private:
  // A token that was good, and what its client may do as long as nothing has changed.
  struct Known {
    AccessTokenClaims claims;
    std::shared_ptr<const TenantSnapshot> issuer;  // Shared with the directory.
    // That of the credential directory.
    uint64_t generation = 0;
    std::shared_ptr<const Principal> principal;  // Shared with the calls.
    absl::Time end;
  };

  absl::StatusOr<std::shared_ptr<const Known>> Look(absl::string_view token, absl::Time now);
  absl::StatusOr<AccessTokenClaims> Read(const TenantSnapshot* issuer, absl::string_view token, absl::Time now) const;
  // Sets principal and end by the present credential.
  absl::Status Resolve(Known& known, absl::Time now) const;
  absl::Status Refuse(const absl::Status& why, const std::string& client) const;

  const Options options_;
  const KeyDirectory& directory_;
  const CredentialDirectory& credentials_;
  const Clock& clock_;
  RecentMap<Known> known_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_BEARER_AUTHENTICATOR_H_
