#include "server/http/tls_context.h"

#include <openssl/ssl.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace signet::http {
namespace {

asio::const_buffer ToBuffer(absl::string_view text) { return asio::buffer(text.data(), text.size()); }

absl::Status Refused(absl::string_view what, const asio::error_code& error) {
  return absl::InvalidArgumentError(absl::StrCat(what, ": ", error.message()));
}

}  // namespace

absl::StatusOr<std::unique_ptr<asio::ssl::context>> CreateTlsContext(absl::string_view certificate_chain,
                                                                     const Secret& private_key) {
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX* const ssl_context = context->native_handle();
  SSL_CTX_set_min_proto_version(ssl_context, TLS1_2_VERSION);
  SSL_CTX_set_options(ssl_context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // The suites of TLS 1.3 are all of this kind.
  SSL_CTX_set_cipher_list(ssl_context, "ECDHE+AESGCM:ECDHE+CHACHA20");

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

}  // namespace signet::http
