#ifndef SIGNET_SERVER_HTTP_CERTIFICATE_FORMATS_H_
#define SIGNET_SERVER_HTTP_CERTIFICATE_FORMATS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace signet::http {

// The forms in which Auth0 shows the certificate of a signing key; all of them take certificates as DER.

// PEM (RFC 7468), whose lines end in CR LF.
std::string CertificateToPem(absl::string_view der);

// As hsm::ToPkcs7, in PEM with the label PKCS7, whose lines end in CR LF.
std::string ChainToPkcs7Pem(const std::vector<std::string>& chain);

// The SHA-1 of the certificate in upper-case hexadecimal: its thumbprint; and with a colon between bytes: its fingerprint.
std::string CertificateThumbprint(absl::string_view der);
std::string CertificateFingerprint(absl::string_view der);

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_CERTIFICATE_FORMATS_H_
