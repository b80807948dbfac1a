#ifndef SIGNET_SERVER_CORE_AUTHENTICATOR_H_
#define SIGNET_SERVER_CORE_AUTHENTICATOR_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/core/principal.h"

namespace signet::core {

// CallEvidence is by what a caller may be recognised.
struct CallEvidence {
  // The value of the field or metadata `authorization`; empty without.
  absl::string_view authorization;
  // The certificates that the caller presented over TLS, as PEM, its own first; empty without. The handshake has proven that the
  // caller has the private key of the first one, and nothing more: who made it is checked here.
  absl::string_view peer_chain_pem;
};

// Authenticator tells who calls. Thread-safe; waits for neither store nor HSM, so that any thread may call it.
class Authenticator {
 public:
  virtual ~Authenticator() = default;

  // Recognises a caller: by a bearer token of Signet's own, if there is one, otherwise by the certificate.
  //   kUnauthenticated  CREDENTIALS_MISSING, BEARER_TOKEN_INVALID, CERTIFICATE_UNTRUSTED
  virtual absl::StatusOr<std::shared_ptr<const Principal>> Authenticate(const CallEvidence& evidence) = 0;  // Shared: cached.
};

// OpenAuthenticator is that of servers which only their own machine reaches, and whose configuration says so: every caller is
// LocalPrincipal.
class OpenAuthenticator final : public Authenticator {
 public:
  OpenAuthenticator() : principal_(std::make_shared<const Principal>(LocalPrincipal())) {}
  absl::StatusOr<std::shared_ptr<const Principal>> Authenticate(const CallEvidence&) override { return principal_; }

 private:
  const std::shared_ptr<const Principal> principal_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_AUTHENTICATOR_H_
