#ifndef SIGNET_HSM_CERTIFICATE_AUTHORITY_H_
#define SIGNET_HSM_CERTIFICATE_AUTHORITY_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hsm/certificate_spec.h"
#include "hsm/public_key.h"

namespace signet::hsm {

// Makes the self-signed certificate of an authority that issues to clients: an X.509 v3 certificate of `key`, signed by it through
// one call of `sign`, in DER. Its extensions: basicConstraints CA:TRUE with pathlen 0, keyUsage keyCertSign and cRLSign, both
// critical, and subjectKeyIdentifier. OpenSSL has verified what is returned. Errors as of SelfSign.
absl::StatusOr<std::string> SelfSignCa(const CertificateSpec& spec, const PublicKey& key, SignDigest sign);

// Issues the certificate of a TLS client, in DER: of the key `spki_der`, in the name of the authority whose certificate is
// `issuer_der`, signed by its key through one call of `sign`. Its extensions: basicConstraints CA:FALSE and keyUsage
// digitalSignature, both critical, extendedKeyUsage clientAuth, subjectKeyIdentifier and authorityKeyIdentifier. It is valid within
// the validity of its issuer. OpenSSL has verified what is returned.
//   kInvalidArgument  INVALID_FIELD: as of SelfSign; also `public_key` for a key that ReadCsr would refuse, `issuer` if that is no
//                     certificate, of a CA, of `issuer_key`, and not_before and not_after beyond the issuer's
//   kInternal         DEFECT: what `sign` returned is no signature by `issuer_key`
// Errors of `sign` are returned as they are.
absl::StatusOr<std::string> IssueClientCertificate(const CertificateSpec& spec, absl::string_view spki_der,
                                                   absl::string_view issuer_der, const PublicKey& issuer_key, SignDigest sign);

// CsrFacts is what a request for a certificate asks for.
struct CsrFacts {
  // UTF-8, at most 64 characters, none of them a control character; empty if the request names none.
  std::string common_name;
  // DER SubjectPublicKeyInfo.
  std::string spki_der;
};

// Reads a request (PKCS#10, RFC 2986), one PEM block labelled CERTIFICATE REQUEST or NEW CERTIFICATE REQUEST. That it is signed by
// the key that it is for has been checked: whoever made it has the private key. Everything else that it asks for, such as
// extensions, is ignored. The key is RSA of 2048 to 8192 bits with an odd exponent of at least 65537, on P-256, P-384 or P-521 by
// their names, or Ed25519.
//   kInvalidArgument  INVALID_FIELD, `csr`; the message repeats nothing of the input
absl::StatusOr<CsrFacts> ReadCsr(absl::string_view pem);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_CERTIFICATE_AUTHORITY_H_
