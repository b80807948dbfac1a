#include "server/main/tls_files.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <strings.h>

#include <memory>

#include "absl/strings/string_view.h"
#include "base/error.h"
#include "server/main/file.h"

namespace signet::server {
namespace {

constexpr size_t kPemSizeLimit = 1 << 20;

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

absl::Status CheckPair(const TlsFiles& files) {
  const Certificate certificate(PEM_read_bio_X509(ReadOnly(files.certificate_chain).get(), nullptr, NoPassword, nullptr));
  if (!certificate) return absl::InvalidArgumentError("the certificate is not PEM");
  const Key key(PEM_read_bio_PrivateKey(ReadOnly(files.private_key.Expose()).get(), nullptr, NoPassword, nullptr));
  if (!key) return absl::InvalidArgumentError("the private key is not PEM, or it has a password");
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    return absl::InvalidArgumentError("the certificate and the private key do not belong together");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<TlsFiles> ReadTlsFiles(const config::v1::Tls& tls) {
  TlsFiles files;
  SIGNET_ASSIGN_OR_RETURN(files.certificate_chain, ReadFile(tls.certificate_file(), kPemSizeLimit));
  SIGNET_ASSIGN_OR_RETURN(std::string private_key, ReadFile(tls.private_key_file(), kPemSizeLimit));
  files.private_key = Secret(private_key);
  explicit_bzero(private_key.data(), private_key.size());
  return files;
}

absl::Status CheckTlsFiles(const TlsFiles& files) {
  absl::Status status = CheckPair(files);
  // TLS on this thread would take what is left in the queue for a failure of its own.
  ERR_clear_error();
  return status;
}

}  // namespace signet::server
