#ifndef SIGNET_SERVER_CORE_CLIENT_AUTHENTICATION_H_
#define SIGNET_SERVER_CORE_CLIENT_AUTHENTICATION_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "keystore/ids.h"
#include "keystore/records.h"
#include "server/core/authentication_observer.h"
#include "server/core/credential_directory.h"
#include "server/core/credential_uses.h"
#include "server/core/oauth_types.h"
#include "server/core/peer_certificate.h"
#include "server/core/services.h"
#include "server/core/settled_time.h"
#include "server/core/trusted_certificates.h"

namespace signet::core {

// AuthenticatedClient is a client that has proven who it is.
struct AuthenticatedClient {
  std::shared_ptr<const keystore::CredentialRecord> credential;  // Shared with the directory.
  // Of kind CERTIFICATE: the `x5t#S256` of the certificate, to which its tokens are bound; otherwise empty.
  std::string certificate_thumbprint;
};

// ClientAuthentication recognises OAuth clients by their credentials (RFC 6749 section 2.3, RFC 7523, RFC 8705). Thread-safe; an
// assertion, and a certificate that is newer than the latest one, wait for the store.
class ClientAuthentication {
 public:
  struct Options {
    // Is told of failures; borrowed. nullptr: nobody is.
    AuthenticationObserver* observer = nullptr;
    // Is told of each client that was recognised; borrowed. nullptr: nobody is.
    CredentialUses* uses = nullptr;
  };
  // What `services` refers to and the others are borrowed. `trusted` are the authorities of client certificates.
  ClientAuthentication(Options options, Services services, const CredentialDirectory& credentials,
                       const TrustedCertificates& trusted);

  // Recognises a client of `tenant`.
  //   invalid_request          it authenticates in several ways
  //   invalid_client           in none; or it is unknown, of another tenant or kind, deleted, expired, or cannot prove who it is:
  //                            the same answer for all; for secrets and assertions the same work too, as time would tell
  //   temporarily_unavailable  the store did not take an assertion's `jti`, which may be used up, or a newer certificate
  // The `cause` says more, for the log.
  OAuthResult<AuthenticatedClient> Authenticate(const keystore::TenantId& tenant, const ClientEvidence& evidence) const;

 private:
  using Found = absl::StatusOr<AuthenticatedClient>;

  // Attempt is one call of Authenticate.
  struct Attempt {
    const keystore::TenantId& tenant;
    const ClientEvidence& evidence;
    absl::Time now;
    // The client_id, from wherever it came.
    std::string claimed;
  };

  Found Recognise(Attempt& attempt) const;
  Found BySecret(Attempt& attempt) const;
  Found ByAssertion(Attempt& attempt) const;
  Found ByCertificate(Attempt& attempt) const;
  // The live credential of `kind` that the attempt claims; nullptr if the tenant has none.
  std::shared_ptr<const keystore::CredentialRecord> Find(const Attempt& attempt, keystore::CredentialKind kind) const;
  // Remembers the certificate as the latest one of its subject and issuer.
  absl::Status RememberCertificate(const keystore::CredentialRecord& credential, const PeerCertificate& peer, absl::Time now) const;
  OAuthError Refuse(const Attempt& attempt, const absl::Status& cause) const;

  const Options options_;
  const Services services_;
  const CredentialDirectory& credentials_;
  const TrustedCertificates& trusted_;
  // Until when ids of assertions may be forgotten.
  mutable SettledTime forget_time_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_CLIENT_AUTHENTICATION_H_
