// Certificates of TLS clients (hsm/client_certificate.h, server/core/peer_certificate.h), and requests for them
// (hsm/certificate_authority.h): a chain in PEM, a certificate in DER, or a request in PEM.

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/time/time.h"
#include "base/base64url.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "base/utf8.h"
#include "hsm/algorithm.h"
#include "hsm/certificate_authority.h"
#include "hsm/certificate_chain.h"
#include "hsm/certificate_spec.h"
#include "hsm/client_certificate.h"
#include "hsm/hsm.h"
#include "hsm/public_key.h"
#include "hsm/software_hsm.h"
#include "server/core/peer_certificate.h"
#include "tests/fuzz/fuzz.h"

namespace signet::fuzz {
namespace {

// Within the validity of the seeds.
const absl::Time kNow = absl::FromUnixSeconds(1'900'000'000);

// That of the seeds.
constexpr char kRoot[] = R"(-----BEGIN CERTIFICATE-----
MIIBTzCCAQGgAwIBAgIUHrWM31UJZSn0AUuQgGqmCtIC6/AwBQYDK2VwMBQxEjAQ
BgNVBAMMCUZ1enogcm9vdDAgFw0yNjExMjYwOTE2MzZaGA8yMTI2MTEwMjA5MTYz
NlowFDESMBAGA1UEAwwJRnV6eiByb290MCowBQYDK2VwAyEAJvDLhP+M/3K7G3dp
XuvXqxX9YqaAGTmMtcGMREyl+KKjYzBhMB0GA1UdDgQWBBTrFOtx+vwDr0cIHTeJ
Dxcu2K8NOjAfBgNVHSMEGDAWgBTrFOtx+vwDr0cIHTeJDxcu2K8NOjAPBgNVHRMB
Af8EBTADAQH/MA4GA1UdDwEB/wQEAwIBBjAFBgMrZXADQQCwvEE7gvBFDFmiY0me
eP/eOBW/uBLYIgf1bHaHgBYQL/FSvixpnOBb6NcV0TB91pb7xYq5TIqVYJy1TjPB
RuoB
-----END CERTIFICATE-----
)";
constexpr char kRootSubject[] = "CN=Fuzz root";
constexpr char kClientSubject[] = "CN=client";
constexpr char kClientKey[] = "302a300506032b657003210006e1a203f8f2c1e8b9786f957261bb0e276016b9c3850326a91e092aa51c5628";

// Authority issues what is asked for.
class Authority {
 public:
  Authority() : hsm_(hsm::CreateSoftwareHsm()), signer_(hsm_->CreateSigner()), key_(hsm_->GenerateKey(key_spec_).value()) {
    const absl::StatusOr<std::string> ca = hsm::SelfSignCa(Spec("ca"), key_, [&](absl::string_view d) { return Sign(d); });
    Require(ca.ok(), "an authority can be made");
    ca_der_ = *ca;
  }

  absl::StatusOr<std::string> Issue(const std::string& common_name, const std::string& spki_der) {
    return hsm::IssueClientCertificate(Spec(common_name), spki_der, ca_der_, key_, [&](absl::string_view d) { return Sign(d); });
  }
  const std::string& ca_der() const { return ca_der_; }

 private:
  static hsm::CertificateSpec Spec(const std::string& common_name) {
    return {.subject = {.common_name = common_name},
            .not_before = kNow - absl::Hours(1),
            .not_after = kNow + absl::Hours(1),
            .serial = "\x01"};
  }
  absl::StatusOr<std::string> Sign(absl::string_view digest) { return signer_->Sign(key_spec_, digest); }

  const hsm::KeySpec key_spec_ = {std::string(hsm::kKeyIdSize, 'k'), "ca", hsm::Algorithm::kEd25519};
  const std::unique_ptr<hsm::Hsm> hsm_;
  const std::unique_ptr<hsm::Signer> signer_;
  const hsm::PublicKey key_;
  std::string ca_der_;
};

void RequireInvalid(const absl::Status& status) {
  Require(absl::IsInvalidArgument(status) && GetReason(status) == reason::kInvalidField,
          "what cannot be read is refused with a reason");
}

void RequireUntrusted(const absl::Status& status) {
  Require(absl::IsUnauthenticated(status) && GetReason(status) == reason::kCertificateUntrusted, "others are not trusted");
}

void TestNames(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const bool is_graphic = std::all_of(name.begin(), name.end(), [](unsigned char c) { return absl::ascii_isgraph(c); });
    Require(!name.empty() && is_graphic, "an alternative name is printable");
  }
}

void TestTrust(const std::vector<std::string>& chain) {
  static const auto& root = *new std::vector<std::string>(hsm::ParsePemChain(kRoot).value());
  if (const absl::Status status = hsm::CheckClientChain(chain, root, kNow); status.ok()) {
    const absl::StatusOr<hsm::ClientCertificate> leaf = hsm::ReadClientCertificate(chain[0]);
    if (!leaf.ok()) return RequireInvalid(leaf.status());
    const bool is_client = leaf->subject == kClientSubject && absl::BytesToHexString(leaf->spki_der) == kClientKey;
    Require(is_client || leaf->subject == kRootSubject, "only what the authority issued is trusted");
    Require(leaf->issuer == kRootSubject, "and leads to the authority");
    Require(leaf->not_before <= kNow && kNow <= leaf->not_after, "and is valid");
  } else {
    RequireUntrusted(status);
  }
  RequireUntrusted(hsm::CheckClientChain(chain, {}, kNow));
}

void TestChain(const std::vector<std::string>& chain) {
  TestTrust(chain);
  Require(core::PeerThumbprint(hsm::ChainToPem(chain)) == Base64UrlEncode(hsm::Sha256Thumbprint(chain[0])),
          "a thumbprint is that of what was sent");
  const absl::StatusOr<hsm::ClientCertificate> leaf = hsm::ReadClientCertificate(chain[0]);
  const absl::StatusOr<core::PeerCertificate> peer = core::ReadPeerCertificate(hsm::ChainToPem(chain));
  Require(peer.ok() == leaf.ok(), "a peer has a certificate that can be read");
  if (!leaf.ok()) {
    RequireInvalid(peer.status());
    return RequireInvalid(leaf.status());
  }
  Require(peer->chain == chain && peer->leaf.der == leaf->der, "a chain is the same after PEM");
  Require(leaf->der == chain[0] && leaf->sha256_thumbprint == hsm::Sha256Thumbprint(chain[0]), "a certificate is what was sent");
  Require(IsUtf8(leaf->subject) && IsUtf8(leaf->issuer), "names are UTF-8");
  TestNames(leaf->uris);
  TestNames(leaf->dns_names);
}

void TestCsr(absl::string_view pem) {
  static Authority& authority = *new Authority;
  const absl::StatusOr<hsm::CsrFacts> csr = hsm::ReadCsr(pem);
  if (!csr.ok()) return RequireInvalid(csr.status());
  Require(IsUtf8(csr->common_name), "a common name is UTF-8");
  const std::string common_name = csr->common_name.empty() ? "client" : csr->common_name;
  const absl::StatusOr<std::string> der = authority.Issue(common_name, csr->spki_der);
  Require(der.ok(), "what may be asked for can be issued");
  const absl::StatusOr<hsm::ClientCertificate> issued = hsm::ReadClientCertificate(*der);
  Require(issued.ok() && issued->spki_der == csr->spki_der, "and is of the key that asked");
  Require(issued->uris.empty() && issued->dns_names.empty(), "and has no other name that was asked for");
  Require(hsm::CheckClientChain({*der}, {authority.ca_der()}, kNow).ok(), "and is trusted");
}

}  // namespace

void TestOneInput(absl::string_view input) {
  if (const absl::StatusOr<std::vector<std::string>> chain = hsm::ParsePemChain(input); chain.ok()) {
    TestChain(*chain);
  } else {
    RequireInvalid(chain.status());
  }
  if (const absl::StatusOr<hsm::ClientCertificate> leaf = hsm::ReadClientCertificate(input); leaf.ok()) {
    TestChain({std::string(input)});
  } else {
    RequireInvalid(leaf.status());
  }
  if (!input.empty()) TestTrust({std::string(input), std::string(input)});
  TestCsr(input);
}

}  // namespace signet::fuzz
