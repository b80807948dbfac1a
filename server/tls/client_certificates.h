#ifndef SIGNET_SERVER_TLS_CLIENT_CERTIFICATES_H_
#define SIGNET_SERVER_TLS_CLIENT_CERTIFICATES_H_

namespace signet::tls {

// Whether a listener asks clients for a certificate. They need not have one; if they send one, the handshake proves that they have
// its key, and nothing else of it is checked: core::Authenticator does that, so that a certificate nobody vouches for can still
// bind a token.
enum class ClientCertificates { kIgnored, kAsked };

}  // namespace signet::tls

#endif  // SIGNET_SERVER_TLS_CLIENT_CERTIFICATES_H_
