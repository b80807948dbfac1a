#ifndef SIGNET_SERVER_CORE_PEER_CERTIFICATE_H_
#define SIGNET_SERVER_CORE_PEER_CERTIFICATE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hsm/client_certificate.h"

namespace signet::core {

// PeerCertificate is what a TLS client presented. Whoever made it is not checked.
struct PeerCertificate {
  // As DER, its own first.
  std::vector<std::string> chain;
  hsm::ClientCertificate leaf;
};

// Reads the certificates of CallEvidence::peer_chain_pem.
//   kInvalidArgument  INVALID_FIELD: as of hsm::ParsePemChain and hsm::ReadClientCertificate
absl::StatusOr<PeerCertificate> ReadPeerCertificate(absl::string_view chain_pem);

// The `x5t#S256` of a certificate (RFC 8705 section 3.1): its SHA-256 in base64url.
std::string ThumbprintOf(const hsm::ClientCertificate& certificate);
// The same of the first one of `chain_pem`, whatever that states; empty if `chain_pem` is not as hsm::ParsePemChain wants it.
std::string PeerThumbprint(absl::string_view chain_pem);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_PEER_CERTIFICATE_H_
