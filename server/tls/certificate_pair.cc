#include "server/tls/certificate_pair.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "absl/strings/string_view.h"

namespace signet::tls {
namespace {

// Deleter frees an object of OpenSSL.
template <auto kFree>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Bio = std::unique_ptr<BIO, Deleter<BIO_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;

Bio ReadOnly(absl::string_view bytes) { return Bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size()))); }

// OpenSSL would ask for the password of an encrypted key on the terminal.
int NoPassword(char*, int, int, void*) { return -1; }

bool AtEnd() { return ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE; }

// A chain that is cut off amid a certificate is a file that is still being written: a TLS library may well take what there is of
// it.
absl::Status CheckRestOfChain(BIO* chain) {
  while (Certificate(PEM_read_bio_X509(chain, nullptr, NoPassword, nullptr)) != nullptr) {
  }
  return AtEnd() ? absl::OkStatus() : absl::InvalidArgumentError("the certificate's chain is not PEM to its end");
}

absl::Status Check(const CertificatePair& pair) {
  const Bio chain = ReadOnly(pair.certificate_chain);
  const Certificate certificate(PEM_read_bio_X509(chain.get(), nullptr, NoPassword, nullptr));
  if (!certificate) return absl::InvalidArgumentError("the certificate is not PEM");
  absl::Status rest = CheckRestOfChain(chain.get());
  if (!rest.ok()) return rest;
  const Key key(PEM_read_bio_PrivateKey(ReadOnly(pair.private_key.Expose()).get(), nullptr, NoPassword, nullptr));
  if (!key) return absl::InvalidArgumentError("the private key is not PEM, or it has a password");
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    return absl::InvalidArgumentError("the certificate and the private key do not belong together");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckCertificatePair(const CertificatePair& pair) {
  ERR_clear_error();
  absl::Status status = Check(pair);
  // TLS on this thread would take what is left in the queue for a failure of its own.
  ERR_clear_error();
  return status;
}

}  // namespace signet::tls
