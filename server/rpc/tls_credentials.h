#ifndef SIGNET_SERVER_RPC_TLS_CREDENTIALS_H_
#define SIGNET_SERVER_RPC_TLS_CREDENTIALS_H_

#include <grpcpp/security/server_credentials.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/secret.h"

namespace signet::rpc {

// Checks what CreateTlsCredentials checks, without making anything.
//   kInvalidArgument  one of them cannot be read, or they do not fit each other
absl::Status CheckCertificatePair(absl::string_view certificate_chain, const Secret& private_key);

// Makes the credentials of a listener that speaks TLS 1.2 and 1.3 and asks clients for no certificate. Both arguments are PEM: the
// server's certificate followed by its chain, and its private key without a password. gRPC would refuse a wrong pair only when it
// binds, and not say why.
//   kInvalidArgument  one of them cannot be read, or they do not fit each other
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> CreateTlsCredentials(const std::string& certificate_chain,
                                                                              const Secret& private_key);

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_TLS_CREDENTIALS_H_
