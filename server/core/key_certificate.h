#ifndef SIGNET_SERVER_CORE_KEY_CERTIFICATE_H_
#define SIGNET_SERVER_CORE_KEY_CERTIFICATE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/random.h"
#include "hsm/certificate_subject.h"
#include "hsm/hsm.h"
#include "hsm/public_key.h"
#include "keystore/records.h"
#include "server/core/services.h"

namespace signet::core {

// How long a self-signed certificate is valid, where a ring's profile does not say.
inline constexpr absl::Duration kDefaultCertificateValidity = absl::Hours(24 * 3650);

// Checks the ranges that signet.v1.CertificateProfile documents.
//   kInvalidArgument  INVALID_FIELD with `FIELD.MEMBER`
absl::Status CheckCertificateProfile(absl::string_view field, const keystore::CertificateProfile& profile);

// The subject that `profile` asks for in a certificate of `tenant`'s.
hsm::CertificateSubject SubjectOf(const keystore::CertificateProfile& profile, const keystore::TenantId& tenant);

// Returns a serial number of 128 bits, drawn at random.
std::string NewCertificateSerial(Random& random);

// Issues the self-signed certificate of a key as the profile of its ring says, valid from now, and signed by the HSM key itself, by
// `signer`. Returns it as DER; stores nothing. That of a key of the system tenant's ring client-ca is a CA's.
//   as KeyStore::GetRing and hsm::Signer::Sign
absl::StatusOr<std::string> IssueCertificate(const Services& services, const keystore::KeyRecord& key,
                                             const hsm::PublicKey& public_key, hsm::Signer& signer);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_KEY_CERTIFICATE_H_
