#include "server/rpc/tls_credentials.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "absl/strings/string_view.h"
#include "base/error.h"

namespace signet::rpc {
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

absl::Status CheckPair(absl::string_view certificate_chain, const Secret& private_key) {
  const Certificate certificate(PEM_read_bio_X509(ReadOnly(certificate_chain).get(), nullptr, NoPassword, nullptr));
  if (!certificate) return absl::InvalidArgumentError("the certificate is not PEM");
  const Key key(PEM_read_bio_PrivateKey(ReadOnly(private_key.Expose()).get(), nullptr, NoPassword, nullptr));
  if (!key) return absl::InvalidArgumentError("the private key is not PEM, or it has a password");
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    return absl::InvalidArgumentError("the certificate and the private key do not belong together");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckCertificatePair(absl::string_view certificate_chain, const Secret& private_key) {
  absl::Status status = CheckPair(certificate_chain, private_key);
  // TLS on this thread would take what is left in the queue for a failure of its own.
  ERR_clear_error();
  return status;
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> CreateTlsCredentials(const std::string& certificate_chain,
                                                                              const Secret& private_key) {
  SIGNET_RETURN_IF_ERROR(CheckCertificatePair(certificate_chain, private_key));
  grpc::SslServerCredentialsOptions options(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  options.pem_key_cert_pairs.push_back({std::string(private_key.Expose()), certificate_chain});
  return grpc::SslServerCredentials(options);
}

}  // namespace signet::rpc
