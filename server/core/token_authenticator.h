#ifndef SIGNET_SERVER_CORE_TOKEN_AUTHENTICATOR_H_
#define SIGNET_SERVER_CORE_TOKEN_AUTHENTICATOR_H_

#include <memory>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "server/core/authenticator.h"
#include "server/core/bearer_authenticator.h"
#include "server/core/certificate_authenticator.h"
#include "server/core/credential_directory.h"
#include "server/core/key_directory.h"
#include "server/core/principal.h"
#include "server/core/trusted_certificates.h"

namespace signet::core {

// TokenAuthenticator is that of servers which others reach: a caller is the client of a bearer token, or else an identity of the
// configuration that its certificate bears. A caller whose token does not count is refused, whatever its certificate is.
class TokenAuthenticator final : public Authenticator {
 public:
  struct Options {
    BearerAuthenticator::Options tokens;
    CertificateAuthenticator::Options certificates;
  };
  // What is not in `options` is borrowed. `trusted` are the authorities of client certificates.
  TokenAuthenticator(const Options& options, const KeyDirectory& directory, const CredentialDirectory& credentials,
                     const TrustedCertificates& trusted, const Clock& clock)
      : tokens_(options.tokens, directory, credentials, clock),
        certificates_(options.certificates, trusted, clock),
        observer_(options.tokens.observer) {}

  // A caller who tries another way than these is a failure that the observer is told of; one who tries none is not.
  // CREDENTIALS_MISSING also for an `authorization` of another scheme than Bearer.
  absl::StatusOr<std::shared_ptr<const Principal>> Authenticate(const CallEvidence& evidence) override;

 private:
  BearerAuthenticator tokens_;
  CertificateAuthenticator certificates_;
  AuthenticationObserver* const observer_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_TOKEN_AUTHENTICATOR_H_
