#include "server/core/key_certificate.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/certificate.h"
#include "hsm/certificate_authority.h"
#include "hsm/certificate_spec.h"
#include "keystore/policy.h"
#include "server/core/names.h"
#include "server/core/published_key.h"

namespace signet::core {
namespace {

constexpr absl::Duration kShortestValidity = absl::Hours(24);
constexpr absl::Duration kLongestValidity = absl::Hours(24 * 7300);

bool IsClientCa(const keystore::KeyRecord& key) { return key.tenant.value() == kSystemTenant && key.ring.value() == kClientCaRing; }

}  // namespace

absl::Status CheckCertificateProfile(absl::string_view field, const keystore::CertificateProfile& profile) {
  if (profile.validity && (*profile.validity < kShortestValidity || *profile.validity > kLongestValidity)) {
    return InvalidField(absl::StrCat(field, ".validity"), "must be 1 to 7300 days");
  }
  // Where no name is given, the tenant's id takes its place, which is always valid.
  const absl::Status status = hsm::CheckCertificateSubject(SubjectOf(profile, keystore::TenantId("tenant")));
  if (status.ok()) return status;
  const std::string member = GetErrorDetail(status)->metadata.at("field");
  return InvalidField(absl::StrCat(field, ".", member), absl::StripPrefix(status.message(), member + ": "));
}

hsm::CertificateSubject SubjectOf(const keystore::CertificateProfile& profile, const keystore::TenantId& tenant) {
  return {.common_name = profile.common_name.empty() ? tenant.value() : profile.common_name,
          .organization = profile.organization,
          .organizational_unit = profile.organizational_unit,
          .country = profile.country};
}

// 128 bits, of which CABs ask for at least 64 random ones; the first byte is not zero, so that its length is always the same.
std::string NewCertificateSerial(Random& random) {
  std::string serial = random.Bytes(16);
  serial[0] = static_cast<char>((serial[0] & 0x3f) | 0x40);
  return serial;
}

absl::StatusOr<std::string> IssueCertificate(const Services& services, const keystore::KeyRecord& key,
                                             const hsm::PublicKey& public_key, hsm::Signer& signer) {
  SIGNET_ASSIGN_OR_RETURN(const std::optional<keystore::RingRecord> ring, services.store.GetRing(key.tenant, key.ring));
  if (!ring.has_value()) return Defect("a key without a ring");
  const absl::Time now = services.Now();
  const hsm::CertificateSpec spec = {
      .subject = SubjectOf(ring->certificate, key.tenant),
      // Verifiers whose clocks are behind see the first signatures too.
      .not_before = now - keystore::kClockSkew,
      .not_after = now + ring->certificate.validity.value_or(kDefaultCertificateValidity),
      .serial = NewCertificateSerial(services.random),
  };
  const auto sign = [&](absl::string_view digest) { return signer.Sign(HsmKeySpec(services.instance_id, key), digest); };
  return IsClientCa(key) ? hsm::SelfSignCa(spec, public_key, sign) : hsm::SelfSign(spec, public_key, sign);
}

}  // namespace signet::core
