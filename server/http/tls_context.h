#ifndef SIGNET_SERVER_HTTP_TLS_CONTEXT_H_
#define SIGNET_SERVER_HTTP_TLS_CONTEXT_H_

#include <asio/ssl.hpp>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/secret.h"

namespace signet::http {

// Makes the context of a TLS server: TLS 1.2 and later, forward secrecy, authenticated encryption, no renegotiation, no client
// certificates. Both arguments are PEM; the chain starts with the server's own certificate. An encrypted key is refused.
//   kInvalidArgument  one of them is not PEM, or the key is not that of the certificate
absl::StatusOr<std::unique_ptr<asio::ssl::context>> CreateTlsContext(absl::string_view certificate_chain,
                                                                     const Secret& private_key);

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_TLS_CONTEXT_H_
