#ifndef SIGNET_SERVER_CORE_TOKEN_GRANT_H_
#define SIGNET_SERVER_CORE_TOKEN_GRANT_H_

#include <string>
#include <vector>

#include "keystore/records.h"
#include "server/core/oauth_types.h"

namespace signet::core {

// TokenGrant is what an access token is to say: for whom it is, and what it allows there.
struct TokenGrant {
  std::string audience;
  // Space-separated, each once; empty if nothing is granted there.
  std::string scope;
  // The audience is Signet's own API.
  bool is_own_api = false;
};

// Decides what a request gets, within what the credential was given: the audience that it names, by default Signet's API or the
// only other one, and of the scopes there those that it names, by default all. `own_audiences` are those of Signet's API, the first
// by default; a credential without scopes has nothing there.
//   invalid_target  the audience is none of the credential's, or has to be named (RFC 8707 section 2)
//   invalid_scope   a scope is none of the credential's at this audience, or the text is not as RFC 6749 section 3.3 says
OAuthResult<TokenGrant> DecideGrant(const keystore::CredentialRecord& credential, const std::vector<std::string>& own_audiences,
                                    const TokenRequest& request);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_TOKEN_GRANT_H_
