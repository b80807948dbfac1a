#ifndef SIGNET_SERVER_MAIN_TLS_FILES_H_
#define SIGNET_SERVER_MAIN_TLS_FILES_H_

#include <string>

#include "absl/status/statusor.h"
#include "base/secret.h"
#include "signet/config/v1/config.pb.h"

namespace signet::server {

// TlsFiles are a certificate with its chain, and its private key, in PEM.
struct TlsFiles {
  std::string certificate_chain;
  Secret private_key;
};

// Reads the files that `tls` names, whatever is in them.
//   the errors of ReadFile
absl::StatusOr<TlsFiles> ReadTlsFiles(const config::v1::Tls& tls);

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_TLS_FILES_H_
