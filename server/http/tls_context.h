#ifndef SIGNET_SERVER_HTTP_TLS_CONTEXT_H_
#define SIGNET_SERVER_HTTP_TLS_CONTEXT_H_

#include <openssl/ssl.h>

#include <asio/ssl.hpp>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/secret.h"
#include "server/tls/client_certificates.h"

namespace signet::http {

// Makes the context of a TLS server: TLS 1.2 and later, forward secrecy, authenticated encryption, no renegotiation. Where client
// certificates are asked for, sessions are not resumed, as a resumed one would have lost the client's chain. Both texts are
// PEM; the chain starts with the server's own certificate. An encrypted key is refused.
//   kInvalidArgument  one of them is not PEM, or the key is not that of the certificate
absl::StatusOr<std::unique_ptr<asio::ssl::context>> CreateTlsContext(absl::string_view certificate_chain, const Secret& private_key,
                                                                     tls::ClientCertificates client_certificates);

// The certificates that the client of `ssl`, a server's side of a finished handshake, has presented: PEM, its own first. Empty
// without.
std::string PeerChainPem(const SSL* ssl);

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_TLS_CONTEXT_H_
