#ifndef SIGNET_SERVER_CORE_CERTIFICATE_AUTHENTICATOR_H_
#define SIGNET_SERVER_CORE_CERTIFICATE_AUTHENTICATOR_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "hsm/client_certificate.h"
#include "keystore/ids.h"
#include "keystore/records.h"
#include "server/core/authentication_observer.h"
#include "server/core/principal.h"
#include "server/core/recent_map.h"
#include "server/core/scope.h"
#include "server/core/trusted_certificates.h"

namespace signet::core {

// CertificateIdentity is a name that certificates bear, and what who bears it may do.
struct CertificateIdentity {
  enum class Kind { kSpiffeId, kDnsName };
  Kind kind = Kind::kSpiffeId;
  // "spiffe://example.org/issuer", or "issuer.example.org"; names are compared whole, and those of hosts regardless of case.
  std::string name = {};
  // Whom it belongs to, as in Principal.
  std::optional<keystore::TenantId> tenant = std::nullopt;
  ScopeSet scopes = {};
  keystore::SigningProfile signing_profile = {};
};

// CertificateAuthenticator recognises callers by the certificates that they presented over TLS. Thread-safe; waits for nothing.
//
// Chains that were good are remembered for kTrustTime at most, as long as the trusted certificates stay the same ones.
class CertificateAuthenticator {
 public:
  struct Options {
    // Of two that a certificate bears, the first counts.
    std::vector<CertificateIdentity> identities;
    // As RecentMap takes it.
    size_t cache_size = 1024;
    // Is told of failures; borrowed. nullptr: nobody is.
    AuthenticationObserver* observer = nullptr;
  };
  static constexpr absl::Duration kTrustTime = absl::Minutes(1);

  // What is not in `options` is borrowed.
  CertificateAuthenticator(const Options& options, const TrustedCertificates& trusted, const Clock& clock);

  // Recognises whose certificates `chain_pem` are, which is as in CallEvidence and not empty.
  //   kUnauthenticated  CERTIFICATE_UNTRUSTED: as of hsm::CheckClientChain, or they cannot be read
  //                     CREDENTIALS_MISSING: it is good, but no identity of the configuration
  absl::StatusOr<std::shared_ptr<const Principal>> Authenticate(absl::string_view chain_pem);

 private:
  struct Identity {
    CertificateIdentity::Kind kind;
    // In lower case if it is a host's.
    std::string name;
    std::shared_ptr<const Principal> principal;  // Shared with the calls.
  };
  struct Known {
    std::shared_ptr<const Principal> principal;                // Shared with the calls.
    std::shared_ptr<const TrustedCertificates::List> trusted;  // Shared with trusted_.
    absl::Time from;
    absl::Time end;
  };

  // nullptr if none is meant.
  std::shared_ptr<const Principal> Identify(const hsm::ClientCertificate& certificate) const;
  absl::Status Refuse(absl::Status why, const std::string& name) const;

  std::vector<Identity> identities_;
  AuthenticationObserver* const observer_;
  const TrustedCertificates& trusted_;
  const Clock& clock_;
  RecentMap<Known> known_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_CERTIFICATE_AUTHENTICATOR_H_
