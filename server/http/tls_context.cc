#include "server/http/tls_context.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace signet::http {
namespace {

asio::const_buffer ToBuffer(absl::string_view text) { return asio::buffer(text.data(), text.size()); }

absl::Status Refused(absl::string_view what, const asio::error_code& error) {
  return absl::InvalidArgumentError(absl::StrCat(what, ": ", error.message()));
}

// What a client may send for certificates; OpenSSL would take 100 KiB.
constexpr long kMaxPeerChainSize = 32 * 1024;

void AskForClientCertificates(SSL_CTX* context) {
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(
      context, [](X509_STORE_CTX*, void*) { return 1; }, nullptr);
  SSL_CTX_set_max_cert_list(context, kMaxPeerChainSize);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

}  // namespace

absl::StatusOr<std::unique_ptr<asio::ssl::context>> CreateTlsContext(absl::string_view certificate_chain, const Secret& private_key,
                                                                     tls::ClientCertificates client_certificates) {
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX* const ssl_context = context->native_handle();
  SSL_CTX_set_min_proto_version(ssl_context, TLS1_2_VERSION);
  SSL_CTX_set_options(ssl_context,
                      SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_CLEANSE_PLAINTEXT);
  // The suites of TLS 1.3 are all of this kind.
  SSL_CTX_set_cipher_list(ssl_context, "ECDHE+AESGCM:ECDHE+CHACHA20");

  if (client_certificates == tls::ClientCertificates::kAsked) AskForClientCertificates(ssl_context);

  asio::error_code error;
  // Without a callback OpenSSL would ask for the password on the terminal.
  context->set_password_callback([](size_t, asio::ssl::context::password_purpose) { return std::string(); }, error);
  if (!error) context->use_certificate_chain(ToBuffer(certificate_chain), error);
  if (error) return Refused("the TLS certificate chain is not PEM", error);
  context->use_private_key(ToBuffer(private_key.Expose()), asio::ssl::context::pem, error);
  if (error || SSL_CTX_check_private_key(ssl_context) != 1) {
    return Refused("the TLS private key is not unencrypted PEM, or not that of the certificate", error);
  }
  return context;
}

std::string PeerChainPem(const SSL* ssl) {
  X509* const own = SSL_get0_peer_certificate(ssl);
  if (own == nullptr) return "";
  const std::unique_ptr<BIO, decltype(&BIO_free)> pem(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_X509(pem.get(), own);
  // On a server's side the chain is what comes after the client's own.
  const STACK_OF(X509)* const others = SSL_get_peer_cert_chain(ssl);
  for (int i = 0; i < sk_X509_num(others); ++i) PEM_write_bio_X509(pem.get(), sk_X509_value(others, i));
  char* text = nullptr;
  const long size = BIO_get_mem_data(pem.get(), &text);
  return size > 0 ? std::string(text, static_cast<size_t>(size)) : "";
}

}  // namespace signet::http
