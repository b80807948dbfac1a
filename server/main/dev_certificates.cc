#include "server/main/dev_certificates.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <utility>
#include <vector>

#include "base/error.h"

namespace signet::server {
namespace {

// Deleter frees an OpenSSL object.
template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using BioPtr = std::unique_ptr<BIO, Deleter<BIO_free_all>>;
using BignumPtr = std::unique_ptr<BIGNUM, Deleter<BN_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, Deleter<X509_free>>;

constexpr absl::Duration kValidity = absl::Hours(24 * 397);  // What clients accept at most (CA/Browser Forum, section 6.3.2).
constexpr absl::Duration kRenewal = absl::Hours(24 * 30);

using Extensions = std::vector<std::pair<int, const char*>>;

bool SetSerialNumber(X509* certificate) {
  const BignumPtr number(BN_new());
  return number && BN_rand(number.get(), 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool AddExtensions(X509* certificate, X509* issuer, const Extensions& extensions) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  for (const auto& [nid, value] : extensions) {
    const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
    if (!extension || !X509_add_ext(certificate, extension.get(), -1)) return false;
  }
  return true;
}

// Makes a certificate for `key`, signed by `issuer`; without an issuer, by itself.
CertificatePtr Certify(const char* name, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key, const Extensions& extensions,
                       absl::Time now) {
  CertificatePtr certificate(X509_new());
  if (!certificate) return nullptr;
  X509* x509 = certificate.get();
  X509_NAME* subject = X509_get_subject_name(x509);
  const bool made =
      X509_set_version(x509, X509_VERSION_3) && SetSerialNumber(x509) &&
      X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name), -1, -1, 0) &&
      X509_set_issuer_name(x509, issuer == nullptr ? subject : X509_get_subject_name(issuer)) &&
      ASN1_TIME_set(X509_getm_notBefore(x509), absl::ToTimeT(now - absl::Hours(1))) != nullptr &&
      ASN1_TIME_set(X509_getm_notAfter(x509), absl::ToTimeT(now - absl::Hours(1) + kValidity)) != nullptr &&
      X509_set_pubkey(x509, key) && AddExtensions(x509, issuer == nullptr ? x509 : issuer, extensions) &&
      X509_sign(x509, issuer_key, EVP_sha256()) != 0;
  return made ? std::move(certificate) : nullptr;
}

std::string TakeText(BIO* bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  return std::string(bytes, static_cast<size_t>(size));
}

std::string ToPem(X509* certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  return bio && PEM_write_bio_X509(bio.get(), certificate) ? TakeText(bio.get()) : "";
}

std::string ToPem(EVP_PKEY* key) {
  const BioPtr bio(BIO_new(BIO_s_secmem()));
  return bio && PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) ? TakeText(bio.get()) : "";
}

CertificatePtr ParseCertificate(const std::string& pem) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return CertificatePtr(bio ? PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr) : nullptr);
}

KeyPtr ParseKey(const std::string& pem) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return KeyPtr(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr) : nullptr);
}

bool IsValidUntil(X509* certificate, absl::Time time) {
  time_t seconds = absl::ToTimeT(time);
  return X509_cmp_time(X509_get0_notAfter(certificate), &seconds) > 0;
}

}  // namespace

absl::StatusOr<DevCertificates> MakeDevCertificates(absl::Time now) {
  const KeyPtr ca_key(EVP_EC_gen("P-256"));
  const KeyPtr key(EVP_EC_gen("P-256"));
  if (!ca_key || !key) return Defect("cannot make a key for the development certificate");
  const CertificatePtr ca = Certify("Signet development CA", ca_key.get(), nullptr, ca_key.get(),
                                    {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
                                     {NID_key_usage, "critical,keyCertSign,cRLSign"},
                                     {NID_subject_key_identifier, "hash"}},
                                    now);
  if (!ca) return Defect("cannot make the development CA");
  const CertificatePtr certificate = Certify("localhost", key.get(), ca.get(), ca_key.get(),
                                             {{NID_basic_constraints, "critical,CA:FALSE"},
                                              {NID_key_usage, "critical,digitalSignature"},
                                              {NID_ext_key_usage, "serverAuth"},
                                              {NID_subject_key_identifier, "hash"},
                                              {NID_authority_key_identifier, "keyid"},
                                              {NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1"}},
                                             now);
  if (!certificate) return Defect("cannot make the development certificate");
  DevCertificates made{ToPem(ca.get()), ToPem(certificate.get()), ToPem(key.get())};
  if (made.ca.empty() || made.certificate.empty() || made.private_key.empty()) return Defect("cannot encode the certificates");
  return made;
}

bool AreUsable(const DevCertificates& certificates, absl::Time now) {
  const CertificatePtr ca = ParseCertificate(certificates.ca);
  const CertificatePtr certificate = ParseCertificate(certificates.certificate);
  const KeyPtr key = ParseKey(certificates.private_key);
  return ca && certificate && key && X509_check_private_key(certificate.get(), key.get()) == 1 &&
         X509_verify(certificate.get(), X509_get0_pubkey(ca.get())) == 1 && IsValidUntil(ca.get(), now + kRenewal) &&
         IsValidUntil(certificate.get(), now + kRenewal);
}

}  // namespace signet::server
