#ifndef SIGNET_SERVER_TLS_CERTIFICATE_PAIR_H_
#define SIGNET_SERVER_TLS_CERTIFICATE_PAIR_H_

#include <string>

#include "absl/status/status.h"
#include "base/secret.h"

namespace signet::tls {

// CertificatePair is by what a TLS server shows who it is. Both are PEM.
struct CertificatePair {
  // The server's certificate, followed by its chain.
  std::string certificate_chain;
  // Without a password.
  Secret private_key;
};

// OK if a TLS server can use `pair`: every certificate of the chain can be read to its end, and the key is that of the first one.
//   kInvalidArgument  it cannot; the message says why, and holds nothing of either
absl::Status CheckCertificatePair(const CertificatePair& pair);

}  // namespace signet::tls

#endif  // SIGNET_SERVER_TLS_CERTIFICATE_PAIR_H_
