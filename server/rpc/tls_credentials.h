#ifndef SIGNET_SERVER_RPC_TLS_CREDENTIALS_H_
#define SIGNET_SERVER_RPC_TLS_CREDENTIALS_H_

#include <grpcpp/security/server_credentials.h>

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/rpc/staged_certificate.h"
#include "server/tls/certificate_source.h"
#include "server/tls/client_certificates.h"

namespace signet::rpc {

// TlsCredentials are those of listeners that speak TLS 1.2 and 1.3, with a certificate that may change: new connections get a new
// one within two seconds, those that are open keep theirs. Must outlive the server.
class TlsCredentials final : public tls::CertificateFollower {
 public:
  // `source` is borrowed for the call; it tells of changes as long as it lives.
  //   kInvalidArgument   what the source has cannot be used
  //   kInternal, …       as errno says
  static absl::StatusOr<std::shared_ptr<TlsCredentials>> Create(
      tls::CertificateSource& source,  // Shared: followers are held weakly.
      tls::ClientCertificates client_certificates);

  const std::shared_ptr<grpc::ServerCredentials>& credentials() const { return credentials_; }  // Shared with gRPC.

  absl::Status Use(const tls::CertificatePair& pair) override { return staged_->Replace(pair); }

 private:
  TlsCredentials(std::unique_ptr<StagedCertificate> staged, tls::ClientCertificates client_certificates);

  const std::unique_ptr<StagedCertificate> staged_;
  const std::shared_ptr<grpc::ServerCredentials> credentials_;
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_TLS_CREDENTIALS_H_
