#ifndef SIGNET_HSM_CERTIFICATE_CONTENT_H_
#define SIGNET_HSM_CERTIFICATE_CONTENT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hsm/certificate_spec.h"
#include "hsm/public_key.h"

namespace signet::hsm {

// CertificateContent is what a certificate states beside its spec.
struct CertificateContent {
  // DER Name; empty if the certificate is self-signed, so that the issuer is its subject.
  std::string issuer = {};
  // DER SubjectPublicKeyInfo.
  std::string spki_der = {};
  // Each in DER, one behind the other.
  std::string extensions = {};
};

// Makes an X.509 v3 certificate, signed by `issuer_key` through one call of `sign`, in DER. OpenSSL has verified what is returned.
//   kInvalidArgument  INVALID_FIELD: common_name, organization, organizational_unit, country, serial, not_before or not_after
//   kInternal         DEFECT: what `sign` returned is no signature by `issuer_key`
// Errors of `sign` are returned as they are.
absl::StatusOr<std::string> MakeCertificate(const CertificateSpec& spec, const CertificateContent& content,
                                            const PublicKey& issuer_key, SignDigest sign);

// Signs `content` and returns SEQUENCE { content, AlgorithmIdentifier, BIT STRING }: the shape of certificates and of requests.
// Errors of `sign` are returned as they are. WARNING: the signature is not verified; MakeCertificate does that.
//   kInternal  DEFECT: what `sign` returned is not laid out as a signature of the key's algorithm
absl::StatusOr<std::string> SignContent(absl::string_view content, const PublicKey& key, SignDigest sign);

// The error of a signature that is none by the key.
absl::Status SignatureMismatch();

}  // namespace signet::hsm

#endif  // SIGNET_HSM_CERTIFICATE_CONTENT_H_
