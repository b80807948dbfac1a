#include "hsm/certificate_authority.h"

#include <openssl/core_names.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "hsm/certificate.h"
#include "hsm/certificate_content.h"
#include "hsm/certificate_extension.h"
#include "hsm/certificate_subject.h"
#include "hsm/openssl_certificate.h"
#include "hsm/openssl_handle.h"
#include "hsm/pem.h"

namespace signet::hsm {
namespace {

constexpr int kMinRsaBits = 2048;
constexpr int kMaxRsaBits = 8192;  // A verifier pays for a longer one.
constexpr int kMinExponentBits = 17;

absl::Status RefuseCsr(absl::string_view message) { return InvalidField("csr", message); }

absl::Status CheckRsa(absl::string_view field, const EVP_PKEY* key) {
  const int bits = EVP_PKEY_get_bits(key);
  if (bits < kMinRsaBits || bits > kMaxRsaBits) {
    return InvalidField(field, absl::StrCat("its RSA key must have ", kMinRsaBits, " to ", kMaxRsaBits, " bits"));
  }
  BIGNUM* raw = nullptr;
  EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &raw);
  const BigNumber exponent(raw);
  // With an exponent of 1, anyone can sign.
  if (!exponent || BN_num_bits(exponent.get()) < kMinExponentBits || !BN_is_odd(exponent.get())) {
    return InvalidField(field, "its RSA key must have an odd exponent of 65537 or more");
  }
  return absl::OkStatus();
}

absl::Status CheckEc(absl::string_view field, const EVP_PKEY* key) {
  char group[64] = "";
  int is_explicit = 0;
  EVP_PKEY_get_group_name(key, group, sizeof(group), nullptr);
  EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &is_explicit);
  for (const char* curve : {SN_X9_62_prime256v1, SN_secp384r1, SN_secp521r1}) {
    if (absl::string_view(group) == curve && is_explicit == 0) return absl::OkStatus();
  }
  return InvalidField(field, "its key is on another curve; use P-256, P-384 or P-521, by name");
}

// Checks the key of a client. `field` is where it came from.
absl::Status CheckClientKey(absl::string_view field, const EVP_PKEY* key) {
  if (key != nullptr && EVP_PKEY_is_a(key, "RSA")) return CheckRsa(field, key);
  if (key != nullptr && EVP_PKEY_is_a(key, "EC")) return CheckEc(field, key);
  if (key != nullptr && EVP_PKEY_is_a(key, "ED25519")) return absl::OkStatus();
  return InvalidField(field, "its key is of another type; use RSA, P-256, P-384, P-521 or Ed25519");
}

absl::Status CheckSpki(absl::string_view spki_der) {
  const unsigned char* begin = reinterpret_cast<const unsigned char*>(spki_der.data());
  const EvpPkey key(d2i_PUBKEY(nullptr, &begin, static_cast<long>(spki_der.size())));
  if (!key || begin != reinterpret_cast<const unsigned char*>(spki_der.data() + spki_der.size())) {
    return InvalidField("public_key", "is not a DER SubjectPublicKeyInfo of a known type");
  }
  return CheckClientKey("public_key", key.get());
}

absl::Status CheckIssuer(const CertificateSpec& spec, X509* issuer, const CertificateFacts& facts, const PublicKey& issuer_key) {
  if (facts.spki_der != issuer_key.spki_der()) return InvalidField("issuer", "is the certificate of another key");
  if (X509_check_ca(issuer) != 1) return InvalidField("issuer", "is not the certificate of a CA");
  if (spec.not_before < facts.not_before) return InvalidField("not_before", "must not be before the issuer's own");
  // The last second is a whole one.
  if (spec.not_after >= facts.not_after + absl::Seconds(1)) return InvalidField("not_after", "must not be after the issuer's own");
  return absl::OkStatus();
}

// How the issuer's certificate names its key, which the certificates that it issues repeat.
absl::StatusOr<std::string> IssuerKeyIdentifier(X509* issuer, const PublicKey& issuer_key) {
  const ASN1_OCTET_STRING* identifier = X509_get0_subject_key_id(issuer);
  if (identifier == nullptr) return KeyIdentifier(issuer_key.spki_der());
  return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(identifier)),
                     static_cast<size_t>(ASN1_STRING_length(identifier)));
}

absl::StatusOr<std::string> ReadCommonName(const X509_NAME* subject) {
  const int index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (index < 0) return std::string();
  if (X509_NAME_get_index_by_NID(subject, NID_commonName, index) >= 0) return RefuseCsr("has more than one common name");
  unsigned char* raw = nullptr;
  const int size = ASN1_STRING_to_UTF8(&raw, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index)));
  if (size < 0) return RefuseCsr("its common name is not text");
  std::string name(reinterpret_cast<const char*>(raw), static_cast<size_t>(size));
  OPENSSL_free(raw);
  if (!name.empty() && !CheckCertificateSubject({.common_name = name}).ok()) {
    return RefuseCsr("its common name is longer than 64 characters, or has control characters");
  }
  return name;
}

}  // namespace

absl::StatusOr<std::string> SelfSignCa(const CertificateSpec& spec, const PublicKey& key, SignDigest sign) {
  SIGNET_ASSIGN_OR_RETURN(const std::string key_identifier, KeyIdentifier(key.spki_der()));
  const std::string extensions =
      absl::StrCat(CaConstraints(), KeyUsageExtension(KeyUsage::kCertificateAndCrlSigning), SubjectKeyIdentifier(key_identifier));
  return MakeCertificate(spec, {.spki_der = key.spki_der(), .extensions = extensions}, key, sign);
}

absl::StatusOr<std::string> IssueClientCertificate(const CertificateSpec& spec, absl::string_view spki_der,
                                                   absl::string_view issuer_der, const PublicKey& issuer_key, SignDigest sign) {
  const ScopedOpenSslErrors errors;
  SIGNET_RETURN_IF_ERROR(CheckSpki(spki_der));
  const X509Certificate issuer = ParseCertificate(issuer_der);
  const absl::StatusOr<CertificateFacts> facts = ReadCertificate(issuer_der);
  if (!issuer || !facts.ok()) return InvalidField("issuer", "is not an X.509 certificate in DER");
  SIGNET_RETURN_IF_ERROR(CheckIssuer(spec, issuer.get(), *facts, issuer_key));
  SIGNET_ASSIGN_OR_RETURN(const std::string key_identifier, KeyIdentifier(spki_der));
  SIGNET_ASSIGN_OR_RETURN(const std::string issuer_key_identifier, IssuerKeyIdentifier(issuer.get(), issuer_key));
  const CertificateContent content = {
      .issuer = ToDer(i2d_X509_NAME, X509_get_subject_name(issuer.get())),
      .spki_der = std::string(spki_der),
      .extensions = absl::StrCat(EndEntityConstraints(), KeyUsageExtension(KeyUsage::kDigitalSignature), ClientAuthExtension(),
                                 SubjectKeyIdentifier(key_identifier), AuthorityKeyIdentifier(issuer_key_identifier))};
  return MakeCertificate(spec, content, issuer_key, sign);
}

absl::StatusOr<CsrFacts> ReadCsr(absl::string_view pem) {
  const ScopedOpenSslErrors errors;
  SIGNET_ASSIGN_OR_RETURN(const PemBlock block, ParsePemBlock("csr", pem));
  if (block.label != "CERTIFICATE REQUEST" && block.label != "NEW CERTIFICATE REQUEST") {
    return RefuseCsr("must be a PEM block labelled CERTIFICATE REQUEST");
  }
  const X509Request request = ParseRequest(block.der);
  if (!request) return RefuseCsr("is not a PKCS#10 request in DER");
  EVP_PKEY* key = X509_REQ_get0_pubkey(request.get());
  // Before the signature, whose check costs more the longer the key is.
  SIGNET_RETURN_IF_ERROR(CheckClientKey("csr", key));
  if (X509_REQ_verify(request.get(), key) != 1) return RefuseCsr("is not signed by the key that it is for");
  CsrFacts facts;
  SIGNET_ASSIGN_OR_RETURN(facts.common_name, ReadCommonName(X509_REQ_get_subject_name(request.get())));
  facts.spki_der = ToDer(i2d_X509_PUBKEY, X509_REQ_get_X509_PUBKEY(request.get()));
  return facts;
}

}  // namespace signet::hsm
