#ifndef SIGNET_HSM_CLIENT_CERTIFICATE_H_
#define SIGNET_HSM_CLIENT_CERTIFICATE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace signet::hsm {

// ClientCertificate is what the certificate of a TLS client states.
struct ClientCertificate {
  std::string der;
  // Raw, 32 bytes: `x5t#S256` before base64url (RFC 8705 section 3.1).
  std::string sha256_thumbprint;
  // RFC 4514, as in CertificateFacts.
  std::string subject;
  std::string issuer;
  absl::Time not_before;
  absl::Time not_after;
  // The subjectAltNames of these types, in their order, such as a SPIFFE ID. Printable ASCII without spaces: a name with any other
  // byte, such as an embedded NUL, is left out, so that no reader can take it for its first half.
  std::vector<std::string> uris;
  std::vector<std::string> dns_names;
  // DER SubjectPublicKeyInfo.
  std::string spki_der;
};

// Parses what a client hands in as its certificate, as its tools wrote it: PEM of at most 64 KiB, with whatever text and blocks of
// other labels before, between and after the blocks labelled CERTIFICATE. Returns these in DER and in their order: the client's own
// comes first, then mostly its issuers, which nothing here checks.
//   kInvalidArgument  INVALID_FIELD, `certificate`: it has no such block, one of them is broken, or a private key is in it,
//   wherever
//                     that stands; the message repeats nothing of the input
absl::StatusOr<std::vector<std::string>> ParseClientPem(absl::string_view pem);

// Reads one DER certificate. Neither its signature nor its validity is checked.
//   kInvalidArgument  INVALID_FIELD, `certificate`: as of ReadCertificate, or its subjectAltNames cannot be read
absl::StatusOr<ClientCertificate> ReadClientCertificate(absl::string_view der);

// Checks that a certificate may authenticate a TLS client at `now`. `chain_der` begins with it; the others, at most 7, are
// intermediates that the client sent, in any order, and trusted no more than it is. The path must end in a self-signed certificate
// of `trusted_der`. Revocation is not checked. Keys and signatures need 112 bits of strength (OpenSSL's level 2: RSA of 2048 bits,
// no SHA-1), those that trust begins with excepted from the latter.
//   kUnauthenticated  CERTIFICATE_UNTRUSTED: expired or not yet valid, of an unknown issuer, for another purpose, too weak or
//                     malformed; the message says which, and repeats nothing of what the client sent
//   kInvalidArgument  INVALID_FIELD, `trusted_certificates`: one of `trusted_der` is not a DER certificate
absl::Status CheckClientChain(const std::vector<std::string>& chain_der, const std::vector<std::string>& trusted_der,
                              absl::Time now);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_CLIENT_CERTIFICATE_H_
