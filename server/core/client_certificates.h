#ifndef SIGNET_SERVER_CORE_CLIENT_CERTIFICATES_H_
#define SIGNET_SERVER_CORE_CLIENT_CERTIFICATES_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/secret.h"
#include "keystore/records.h"
#include "server/core/new_credential.h"
#include "server/core/services.h"

namespace signet::core {

// Checks where a certificate is to come from, as signet.v1.CertificateSource documents it, without making anything.
//   kInvalidArgument  INVALID_FIELD, `certificate`: as of hsm::ParseClientPem, ended before `now`, or not pinned without a
//                     subject; `csr`; `certificate.validity`
absl::Status CheckCertificateSource(const CertificateSource& source, absl::Time now);

// Checks that none of `others`, the credentials of the same tenant, has a certificate that is handed in, if it or theirs is unique.
//   kAlreadyExists  CERTIFICATE_EXISTS
//   as CheckCertificateSource
absl::Status CheckUniqueCertificate(const CertificateSource& source, const std::vector<keystore::CredentialRecord>& others,
                                    absl::Time now);

// MadeClientCertificate is the certificate of a credential.
struct MadeClientCertificate {
  keystore::ClientCertificate record;
  // PKCS#8; empty unless it was made here. It is kept nowhere.
  Secret private_key_pem;
};

// Reads the certificate that was handed in, or has Signet's CA issue one: to the CN client_id and the O tenant of `credential`,
// signed by the ENABLED key of tenants/system/keyRings/client-ca. Stores nothing: what was issued and is not committed with its
// credential authenticates nobody.
//   kFailedPrecondition  NO_ENABLED_KEY: the CA has none
//   kUnavailable         HSM_UNAVAILABLE: the HSM does not hold it
//   as CheckCertificateSource, KeyStore::ListKeys and Hsm
absl::StatusOr<MadeClientCertificate> MakeClientCertificate(const Services& services, const CertificateSource& source,
                                                            const keystore::CredentialRecord& credential, absl::Time now);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_CLIENT_CERTIFICATES_H_
