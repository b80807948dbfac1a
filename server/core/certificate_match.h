#ifndef SIGNET_SERVER_CORE_CERTIFICATE_MATCH_H_
#define SIGNET_SERVER_CORE_CERTIFICATE_MATCH_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "keystore/records.h"
#include "server/core/peer_certificate.h"
#include "server/core/trusted_certificates.h"

namespace signet::core {

// By how much a certificate that is not pinned may be older than the latest one seen: several machines of one client renew theirs
// in no order.
inline constexpr absl::Duration kReissueTolerance = absl::Minutes(10);

// Whether a client's certificate that was accepted is to be remembered as the latest one.
enum class CertificateAge { kSeen, kNewer };

// Decides whether `peer` is the client of `certificate` at `now`.
//
// One that is pinned, or that Signet issued, has to be that very certificate and within its validity (self_signed_tls_client_auth,
// RFC 8705 section 2.2). Otherwise `trusted` have to vouch for `peer`, and it has to be of the same subject and issuer, and not
// older than `certificate` by more than kReissueTolerance (tls_client_auth, section 2.1).
//   kUnauthenticated  CLIENT_CERTIFICATE; CERTIFICATE_UNTRUSTED as of hsm::CheckClientChain
absl::StatusOr<CertificateAge> MatchCertificate(const keystore::ClientCertificate& certificate, const PeerCertificate& peer,
                                                const TrustedCertificates::List& trusted, absl::Time now);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_CERTIFICATE_MATCH_H_
