#include "server/core/certificate_authenticator.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "base/sha256.h"
#include "server/core/peer_certificate.h"

namespace signet::core {
namespace {

// What a certificate calls its holder, for the audit trail.
std::string NameOf(const hsm::ClientCertificate& certificate) {
  if (!certificate.uris.empty()) return certificate.uris.front();
  return certificate.dns_names.empty() ? certificate.subject : certificate.dns_names.front();
}

}  // namespace

CertificateAuthenticator::CertificateAuthenticator(const Options& options, const TrustedCertificates& trusted, const Clock& clock)
    : observer_(options.observer), trusted_(trusted), clock_(clock), known_(options.cache_size) {
  for (const CertificateIdentity& identity : options.identities) {
    const bool is_host = identity.kind == CertificateIdentity::Kind::kDnsName;
    identities_.push_back({.kind = identity.kind,
                           .name = is_host ? absl::AsciiStrToLower(identity.name) : identity.name,
                           .principal = std::make_shared<const Principal>(Principal{.name = identity.name,
                                                                                    .tenant = identity.tenant,
                                                                                    .scopes = identity.scopes,
                                                                                    .signing_profile = identity.signing_profile})});
  }
}

absl::StatusOr<std::shared_ptr<const Principal>> CertificateAuthenticator::Authenticate(absl::string_view chain_pem) {
  const absl::Time now = clock_.Now();
  const std::string digest = Sha256(chain_pem);
  const std::shared_ptr<const TrustedCertificates::List> trusted = trusted_.Get();
  const std::shared_ptr<const Known> known = known_.Find(digest);
  if (known != nullptr && known->trusted == trusted && known->from <= now && now < known->end) return known->principal;

  const absl::StatusOr<PeerCertificate> peer = ReadPeerCertificate(chain_pem);
  if (!peer.ok()) {
    return Refuse(Error(absl::StatusCode::kUnauthenticated, reason::kCertificateUntrusted, "the client certificate cannot be read"),
                  "");
  }
  if (const absl::Status status = hsm::CheckClientChain(peer->chain, *trusted, now); !status.ok()) {
    // A trusted certificate that cannot be read is no fault of the caller's, but vouches for nobody.
    if (absl::IsUnauthenticated(status)) return Refuse(status, NameOf(peer->leaf));
    return Refuse(Error(absl::StatusCode::kUnauthenticated, reason::kCertificateUntrusted,
                        "the server's trusted certificates cannot be read"),
                  NameOf(peer->leaf));
  }
  std::shared_ptr<const Principal> principal = Identify(peer->leaf);
  if (principal == nullptr) {
    return Refuse(Error(absl::StatusCode::kUnauthenticated, reason::kCredentialsMissing,
                        "the client certificate is no identity of the server's configuration"),
                  NameOf(peer->leaf));
  }
  known_.Insert(digest,
                std::make_shared<const Known>(Known{principal, trusted, now, std::min(now + kTrustTime, peer->leaf.not_after)}));
  return principal;
}

std::shared_ptr<const Principal> CertificateAuthenticator::Identify(const hsm::ClientCertificate& certificate) const {
  for (const Identity& identity : identities_) {
    const auto is_it = [&](const std::string& name) { return absl::AsciiStrToLower(name) == identity.name; };
    // A certificate of SPIFFE has one URI, and one with several is none (X.509-SVID section 2).
    const bool found = identity.kind == CertificateIdentity::Kind::kSpiffeId
                           ? certificate.uris.size() == 1 && certificate.uris.front() == identity.name
                           : std::any_of(certificate.dns_names.begin(), certificate.dns_names.end(), is_it);
    if (found) return identity.principal;
  }
  return nullptr;
}

absl::Status CertificateAuthenticator::Refuse(absl::Status why, const std::string& name) const {
  if (observer_ != nullptr) observer_->OnFailure({.reason = GetReason(why), .client = name});
  return why;
}

}  // namespace signet::core
