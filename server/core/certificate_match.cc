#include "server/core/certificate_match.h"

#include "absl/strings/string_view.h"
#include "base/error.h"
#include "hsm/certificate.h"
#include "hsm/client_certificate.h"

namespace signet::core {
namespace {

absl::Status Refuse(absl::string_view message) { return Error(absl::StatusCode::kUnauthenticated, "CLIENT_CERTIFICATE", message); }

}  // namespace

absl::StatusOr<CertificateAge> MatchCertificate(const keystore::ClientCertificate& certificate, const PeerCertificate& peer,
                                                const TrustedCertificates::List& trusted, absl::Time now) {
  const hsm::ClientCertificate& leaf = peer.leaf;
  if (certificate.pinned || certificate.issued) {
    if (leaf.der != certificate.der) return Refuse("the certificate is not the client's");
    if (now < leaf.not_before || leaf.not_after <= now) return Refuse("the client's certificate is not valid now");
    return CertificateAge::kSeen;
  }
  if (leaf.subject != certificate.subject || leaf.issuer != certificate.issuer) {
    return Refuse("the certificate is not of the client's subject and issuer");
  }
  SIGNET_RETURN_IF_ERROR(hsm::CheckClientChain(peer.chain, trusted, now));
  SIGNET_ASSIGN_OR_RETURN(const hsm::CertificateFacts latest, hsm::ReadCertificate(certificate.der));
  if (leaf.not_before < latest.not_before - kReissueTolerance) {
    return Refuse("the certificate is older than the latest one of the client");
  }
  return leaf.not_before > latest.not_before ? CertificateAge::kNewer : CertificateAge::kSeen;
}

}  // namespace signet::core
