#ifndef SIGNET_HSM_CERTIFICATE_H_
#define SIGNET_HSM_CERTIFICATE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "hsm/certificate_spec.h"
#include "hsm/certificate_subject.h"
#include "hsm/public_key.h"

namespace signet::hsm {

// Makes an X.509 v3 certificate of `key`, signed by `key` through one call of `sign`, in DER. Its extensions: basicConstraints
// CA:FALSE and keyUsage digitalSignature, both critical, and subjectKeyIdentifier. OpenSSL has verified what is returned.
//   kInvalidArgument  INVALID_FIELD: common_name, organization, organizational_unit, country, serial, not_before or not_after
//   kInternal         DEFECT: what `sign` returned is no signature by `key`
// Errors of `sign` are returned as they are.
absl::StatusOr<std::string> SelfSign(const CertificateSpec& spec, const PublicKey& key, SignDigest sign);

// Makes a PKCS#10 request (RFC 2986) without attributes for a certificate of `key`, in DER. Signed, verified and failing as above.
absl::StatusOr<std::string> MakeCsr(const CertificateSubject& subject, const PublicKey& key, SignDigest sign);

// CertificateFacts is what a certificate states.
struct CertificateFacts {
  // RFC 4514, in valid UTF-8, such as "CN=signing,O=Example,C=DE".
  std::string subject;
  std::string issuer;
  absl::Time not_before;
  absl::Time not_after;
  // Upper case hexadecimal, two digits a byte, as `openssl x509 -serial` prints it.
  std::string serial_hex;
  // DER SubjectPublicKeyInfo.
  std::string spki_der;
};

// Reads one DER certificate. Neither its signature nor its validity is checked.
//   kInvalidArgument  INVALID_FIELD, `certificate`: not DER, not X.509, bytes after its end, or a time that is none
absl::StatusOr<CertificateFacts> ReadCertificate(absl::string_view der);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_CERTIFICATE_H_
