#ifndef SIGNET_HSM_CERTIFICATE_EXTENSION_H_
#define SIGNET_HSM_CERTIFICATE_EXTENSION_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace signet::hsm {

// The extensions that our certificates have (RFC 5280 section 4.2.1), each in DER. The first three are critical.
std::string CaConstraints();         // basicConstraints CA:TRUE, pathlen:0: it issues for end entities only.
std::string EndEntityConstraints();  // basicConstraints CA:FALSE.
enum class KeyUsage { kDigitalSignature, kCertificateAndCrlSigning };
std::string KeyUsageExtension(KeyUsage usage);
std::string ClientAuthExtension();  // extendedKeyUsage clientAuth.
std::string SubjectKeyIdentifier(absl::string_view key_identifier);
std::string AuthorityKeyIdentifier(absl::string_view key_identifier);

// Returns an identifier for a key: the SHA-1 of its bits (RFC 5280 section 4.2.1.2, the first method). It names, it does not
// protect.
//   kInternal  DEFECT: `spki_der` is not a SubjectPublicKeyInfo
absl::StatusOr<std::string> KeyIdentifier(absl::string_view spki_der);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_CERTIFICATE_EXTENSION_H_
