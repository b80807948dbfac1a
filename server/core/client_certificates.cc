#include "server/core/client_certificates.h"

#include <atomic>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/certificate_authority.h"
#include "hsm/certificate_spec.h"
#include "hsm/client_certificate.h"
#include "hsm/public_key.h"
#include "hsm/software_key.h"
#include "keystore/policy.h"
#include "keystore/rotation_plan.h"
#include "server/core/key_certificate.h"
#include "server/core/names.h"
#include "server/core/private_key_use.h"
#include "server/core/resource_lookup.h"

namespace signet::core {
namespace {

using keystore::ClientCertificate;
using keystore::KeyRecord;

constexpr absl::Duration kShortestValidity = absl::Hours(24);
constexpr absl::Duration kLongestValidity = absl::Hours(24 * 30);
constexpr absl::Duration kDefaultValidity = absl::Hours(24 * 7);

absl::StatusOr<ClientCertificate> Describe(const std::string& der, absl::Time now) {
  SIGNET_ASSIGN_OR_RETURN(hsm::ClientCertificate read, hsm::ReadClientCertificate(der));
  if (read.not_after <= now) return InvalidField("certificate", "has ended to be valid");
  ClientCertificate record;
  record.der = std::move(read.der);
  record.subject = std::move(read.subject);
  record.issuer = std::move(read.issuer);
  record.create_time = now;
  return record;
}

absl::StatusOr<ClientCertificate> ReadGiven(const GivenCertificate& given, absl::Time now) {
  SIGNET_ASSIGN_OR_RETURN(const std::vector<std::string> chain, hsm::ParseClientPem(given.pem));
  SIGNET_ASSIGN_OR_RETURN(ClientCertificate record, Describe(chain.front(), now));
  record.pinned = given.pinned;
  record.unique = given.unique;
  record.hidden = given.hidden;
  if (!given.pinned && record.subject.empty()) {
    return InvalidField("certificate", "has no subject to be recognised by; pin it");
  }
  return record;
}

absl::StatusOr<absl::Duration> ValidityOf(const std::optional<absl::Duration>& validity) {
  const absl::Duration chosen = validity.value_or(kDefaultValidity);
  if (chosen >= kShortestValidity && chosen <= kLongestValidity) return chosen;
  return InvalidField("certificate.validity", "must be 1 to 30 days");
}

// The CA's key. Callers do not name it, so that its absence is no NOT_FOUND.
absl::StatusOr<KeyRecord> FindIssuer(keystore::KeyStore& store) {
  const RingName ring{keystore::TenantId(std::string(kSystemTenant)), keystore::RingId(std::string(kClientCaRing))};
  SIGNET_ASSIGN_OR_RETURN(const std::vector<KeyRecord> live, FindLiveKeys(store, ring));
  const KeyRecord* current = keystore::FindCurrent(live);
  if (current != nullptr && !current->certificate_chain.empty()) return *current;
  return Error(absl::StatusCode::kFailedPrecondition, reason::kNoEnabledKey,
               absl::StrCat("signet's ca, ", FormatRingName(ring), ", has no enabled key; it gets one when signetd starts"),
               {{"ring", FormatRingName(ring)}});
}

absl::StatusOr<ClientCertificate> Issue(const Services& services, const std::string& spki_der, absl::Duration validity,
                                        const keystore::CredentialRecord& credential, absl::Time now) {
  SIGNET_ASSIGN_OR_RETURN(const KeyRecord issuer, FindIssuer(services.store));
  SIGNET_ASSIGN_OR_RETURN(const hsm::PublicKey issuer_key, StoredPublicKey(issuer));
  const hsm::CertificateSpec spec = {
      .subject = {.common_name = credential.client_id, .organization = credential.tenant.value()},
      // Servers whose clocks are behind take it at once.
      .not_before = now - keystore::kClockSkew,
      .not_after = now + validity,
      .serial = NewCertificateSerial(services.random),
  };
  const absl::StatusOr<std::string> der =
      hsm::IssueClientCertificate(spec, spki_der, issuer.certificate_chain.front(), issuer_key,
                                  [&](absl::string_view digest) { return SignWithKey(services, issuer, digest); });
  if (absl::IsNotFound(der.status())) {
    return Error(absl::StatusCode::kUnavailable, reason::kHsmUnavailable,
                 "the hsm does not hold the private key of signet's ca; restore the token, or rotate the ring client-ca");
  }
  if (!der.ok()) return der.status();
  SIGNET_ASSIGN_OR_RETURN(ClientCertificate record, Describe(*der, now));
  record.issued = true;
  return record;
}

// A long RSA key takes a thread for many seconds: were there several at once, nobody else would be served.
absl::StatusOr<hsm::SoftwareKey> GenerateOneAtATime(hsm::SoftwareKeyType type) {
  if (type == hsm::SoftwareKeyType::kEcP256) return hsm::GenerateSoftwareKey(type);
  static std::atomic<bool> busy = false;
  if (busy.exchange(true)) {
    return Error(absl::StatusCode::kResourceExhausted, reason::kQueueFull,
                 "another RSA key is being made for a client; try again in a minute, or take EC_P256 or a CSR");
  }
  absl::StatusOr<hsm::SoftwareKey> pair = hsm::GenerateSoftwareKey(type);
  busy = false;
  return pair;
}

}  // namespace

absl::Status CheckCertificateSource(const CertificateSource& source, absl::Time now) {
  if (const auto* given = std::get_if<GivenCertificate>(&source)) return ReadGiven(*given, now).status();
  if (const auto* requested = std::get_if<RequestedCertificate>(&source)) {
    SIGNET_RETURN_IF_ERROR(ValidityOf(requested->validity).status());
    return hsm::ReadCsr(requested->csr_pem).status();
  }
  return ValidityOf(std::get<GeneratedCertificate>(source).validity).status();
}

absl::Status CheckUniqueCertificate(const CertificateSource& source, const std::vector<keystore::CredentialRecord>& others,
                                    absl::Time now) {
  const auto* given = std::get_if<GivenCertificate>(&source);
  if (given == nullptr) return absl::OkStatus();
  SIGNET_ASSIGN_OR_RETURN(const ClientCertificate mine, ReadGiven(*given, now));
  for (const keystore::CredentialRecord& other : others) {
    for (const ClientCertificate& theirs : other.certificates) {
      if (theirs.der != mine.der || !(theirs.unique || mine.unique)) continue;
      const std::string name = FormatCredentialName({other.tenant, other.id});
      return Error(absl::StatusCode::kAlreadyExists, reason::kCertificateExists,
                   absl::StrCat(name,
                                " has this certificate, and one of the two is to have it alone; take another certificate, or "
                                "delete that credential first"),
                   {{"credential", name}});
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<MadeClientCertificate> MakeClientCertificate(const Services& services, const CertificateSource& source,
                                                            const keystore::CredentialRecord& credential, absl::Time now) {
  MadeClientCertificate made;
  if (const auto* given = std::get_if<GivenCertificate>(&source)) {
    SIGNET_ASSIGN_OR_RETURN(made.record, ReadGiven(*given, now));
    return made;
  }
  if (const auto* requested = std::get_if<RequestedCertificate>(&source)) {
    SIGNET_ASSIGN_OR_RETURN(const absl::Duration validity, ValidityOf(requested->validity));
    SIGNET_ASSIGN_OR_RETURN(const hsm::CsrFacts csr, hsm::ReadCsr(requested->csr_pem));
    SIGNET_ASSIGN_OR_RETURN(made.record, Issue(services, csr.spki_der, validity, credential, now));
    return made;
  }
  const auto& generated = std::get<GeneratedCertificate>(source);
  SIGNET_ASSIGN_OR_RETURN(const absl::Duration validity, ValidityOf(generated.validity));
  SIGNET_ASSIGN_OR_RETURN(hsm::SoftwareKey pair, GenerateOneAtATime(generated.key_type));
  SIGNET_ASSIGN_OR_RETURN(made.record, Issue(services, pair.spki_der, validity, credential, now));
  made.private_key_pem = std::move(pair.private_key_pem);
  return made;
}

}  // namespace signet::core
