#include "hsm/testing/test_authority.h"

#include <openssl/x509v3.h>

#include <cstdlib>
#include <memory>

#include "hsm/openssl_certificate.h"

namespace signet::hsm {
namespace {

// A test cannot go on without what it is made of.
template <typename T>
T* Checked(T* handle) {
  if (handle == nullptr) std::abort();
  return handle;
}

void SetName(X509_NAME* name, const std::string& text) {
  if (text.empty()) return;
  if (X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(text.c_str()), -1, -1,
                                 0) != 1) {
    std::abort();
  }
}

void AddExtension(X509* certificate, X509_EXTENSION* extension) {
  const std::unique_ptr<X509_EXTENSION, OpenSslFree<X509_EXTENSION_free>> owned(Checked(extension));
  if (X509_add_ext(certificate, extension, -1) != 1) std::abort();
}

void AddExtension(X509* certificate, int nid, const std::string& value) {
  if (!value.empty()) AddExtension(certificate, X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str()));
}

}  // namespace

EvpPkey NewEcKey() { return EvpPkey(Checked(EVP_EC_gen("P-256"))); }

std::string Issue(const TestAuthority& issuer, const std::string& subject, EVP_PKEY* key, const Issuing& options) {
  const X509Certificate certificate(Checked(X509_new()));
  X509* x509 = certificate.get();
  X509_set_version(x509, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
  ASN1_TIME_set(X509_getm_notBefore(x509), absl::ToTimeT(options.not_before));
  ASN1_TIME_set(X509_getm_notAfter(x509), absl::ToTimeT(options.not_after));
  SetName(X509_get_subject_name(x509), subject);
  SetName(X509_get_issuer_name(x509), issuer.name);
  X509_set_pubkey(x509, key);
  AddExtension(x509, NID_basic_constraints, options.basic_constraints);
  AddExtension(x509, NID_key_usage, options.key_usage);
  AddExtension(x509, NID_ext_key_usage, options.extended_key_usage);
  AddExtension(x509, NID_subject_alt_name, options.subject_alt_name);
  if (!options.subject_alt_name_der.empty()) {
    const std::unique_ptr<ASN1_OCTET_STRING, OpenSslFree<ASN1_OCTET_STRING_free>> value(Checked(ASN1_OCTET_STRING_new()));
    ASN1_OCTET_STRING_set(value.get(), reinterpret_cast<const unsigned char*>(options.subject_alt_name_der.data()),
                          static_cast<int>(options.subject_alt_name_der.size()));
    AddExtension(x509, X509_EXTENSION_create_by_NID(nullptr, NID_subject_alt_name, 0, value.get()));
  }
  if (X509_sign(x509, issuer.key.get(), EVP_sha256()) == 0) std::abort();
  return ToDer(i2d_X509, x509);
}

}  // namespace signet::hsm
