#include "tests/testing/test_certificate.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <memory>

namespace signet {
namespace {

template <typename T>
using Handle = std::unique_ptr<T, void (*)(T*)>;

template <typename T>
T* Checked(T* handle) {
  if (handle == nullptr) std::abort();
  return handle;
}

std::string Contents(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<size_t>(size));
}

}  // namespace

TestCertificate MakeTestCertificate() {
  const Handle<EVP_PKEY> key(Checked(EVP_EC_gen("P-256")), EVP_PKEY_free);
  const Handle<X509> certificate(Checked(X509_new()), X509_free);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("signet test"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  const Handle<X509_EXTENSION> names(
      Checked(X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1")), X509_EXTENSION_free);
  X509_add_ext(certificate.get(), names.get(), -1);
  if (X509_sign(certificate.get(), key.get(), EVP_sha256()) == 0) std::abort();

  const Handle<BIO> certificate_pem(Checked(BIO_new(BIO_s_mem())), BIO_free_all);
  if (PEM_write_bio_X509(certificate_pem.get(), certificate.get()) == 0) std::abort();
  return {Contents(certificate_pem.get()), PrivateKeyToPem(key.get())};
}

std::string PrivateKeyToPem(const EVP_PKEY* key) {
  const Handle<BIO> pem(Checked(BIO_new(BIO_s_mem())), BIO_free_all);
  if (PEM_write_bio_PrivateKey(pem.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 0) std::abort();
  return Contents(pem.get());
}

}  // namespace signet
