#ifndef SIGNET_SERVER_CORE_OAUTH_H_
#define SIGNET_SERVER_CORE_OAUTH_H_

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "hsm/hsm.h"
#include "keystore/ids.h"
#include "keystore/records.h"
#include "server/core/client_authentication.h"
#include "server/core/credential_directory.h"
#include "server/core/oauth_types.h"
#include "server/core/services.h"
#include "server/core/tokens.h"

namespace signet::core {

// The life of a token for Signet's own API whose credential says nothing of it.
inline constexpr absl::Duration kDefaultApiTokenTtl = absl::Hours(1);

// OAuth issues, explains and revokes access tokens (RFC 6749, RFC 9068, RFC 7662, RFC 7009). Thread-safe; every method may wait for
// the store, and IssueToken for the HSM.
//
// Tokens for Signet's own API are signed by the system tenant's key ring access-token, with its issuer, so that a tenant without
// keys can be administered, and nobody who may sign with a tenant's rings can make them. Others are signed by the tenant's own.
//
// Every method first has the client authenticate, and errs as ClientAuthentication::Authenticate.
class OAuth {
 public:
  struct Options {
    // The `aud` of Signet's own API, as in BearerAuthenticator::Options; the first is the default.
    std::vector<std::string> audiences;
    // Asked before a token is made for a client that has authenticated, such as whether its quota allows it; its error becomes the
    // `cause` of temporarily_unavailable. Empty: it always is.
    std::function<absl::Status(const keystore::CredentialRecord& client)> admit = nullptr;
  };
  // What `services` refers to and the others are borrowed.
  OAuth(Options options, Services services, const CredentialDirectory& credentials, const Tokens& tokens,
        const ClientAuthentication& clients);

  // Issues a token to a client of `tenant`. It lives as long as the credential says, by default kDefaultApiTokenTtl for Signet's
  // own API and the default_token_ttl of the key ring for others, within what the ring allows, and no longer than the credential
  // itself. One for a client of kind CERTIFICATE is bound to its certificate (RFC 8705 section 3). An audience of
  // IsManagementAudience is Signet's own API.
  //   as DecideGrant
  //   temporarily_unavailable  store or HSM do not answer, their queue is full, the issuer has no enabled key, or `admit` refuses
  //   server_error             the issuer has no key ring access-token, or is no tenant
  OAuthResult<AccessToken> IssueToken(const keystore::TenantId& tenant, const TokenRequest& request, hsm::Signer& signer) const;

  // Says what `token` is worth, as the JSON of RFC 7662 section 2.2, to any client of `tenant`: of tokens that the endpoint of this
  // tenant issued, and that still count, all that they say; of everything else {"active":false}.
  OAuthResult<std::string> Introspect(const keystore::TenantId& tenant, const ClientEvidence& client,
                                      absl::string_view token) const;

  // Makes `token` worthless at once in this process, and in others as they follow the store. Nothing to do, and a success, for what
  // is worthless already (RFC 7009 section 2.2).
  //   unauthorized_client  the token is another client's (section 2.1)
  //   temporarily_unavailable  the store does not answer; safe to retry
  OAuthResult<std::monostate> Revoke(const keystore::TenantId& tenant, const ClientEvidence& client, absl::string_view token) const;

 private:
  const Options options_;
  const Services services_;
  const CredentialDirectory& credentials_;
  const Tokens& tokens_;
  const ClientAuthentication& clients_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_OAUTH_H_
