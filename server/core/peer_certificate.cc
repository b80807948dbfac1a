#include "server/core/peer_certificate.h"

#include "base/base64url.h"
#include "base/error.h"
#include "hsm/certificate_chain.h"

namespace signet::core {

absl::StatusOr<PeerCertificate> ReadPeerCertificate(absl::string_view chain_pem) {
  PeerCertificate certificate;
  SIGNET_ASSIGN_OR_RETURN(certificate.chain, hsm::ParsePemChain(chain_pem));
  SIGNET_ASSIGN_OR_RETURN(certificate.leaf, hsm::ReadClientCertificate(certificate.chain.front()));
  return certificate;
}

std::string ThumbprintOf(const hsm::ClientCertificate& certificate) { return Base64UrlEncode(certificate.sha256_thumbprint); }

std::string PeerThumbprint(absl::string_view chain_pem) {
  const absl::StatusOr<std::vector<std::string>> chain = hsm::ParsePemChain(chain_pem);
  return chain.ok() ? Base64UrlEncode(hsm::Sha256Thumbprint(chain->front())) : "";
}

}  // namespace signet::core
