#include "server/rpc/tls_credentials.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <utility>

#include "base/error.h"
#include "server/tls/certificate_pair.h"

namespace signet::rpc {
namespace {

constexpr unsigned kReadIntervalSeconds = 1;

// Of gRPC 1.51's ways to change a certificate without a restart, the watcher of files is the one that is safe: a provider of one's
// own needs headers that are not installed, and the fetcher of grpc_ssl_server_credentials replaces what another thread may be
// using, and wants authorities, whose names then have clients withhold the certificates of others. But the watcher takes what it
// reads, and the server refuses all connections if that does not fit: so it is given a file of this process that is only ever
// whole.
std::shared_ptr<grpc::ServerCredentials> MakeCredentials(const std::string& path, tls::ClientCertificates client_certificates) {
  grpc::experimental::TlsServerCredentialsOptions options(
      std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(path, path, kReadIntervalSeconds));
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(client_certificates == tls::ClientCertificates::kAsked
                                    ? GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_BUT_DONT_VERIFY
                                    : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  return grpc::experimental::TlsServerCredentials(options);
}

}  // namespace

TlsCredentials::TlsCredentials(std::unique_ptr<StagedCertificate> staged, tls::ClientCertificates client_certificates)
    : staged_(std::move(staged)), credentials_(MakeCredentials(staged_->path(), client_certificates)) {}

absl::StatusOr<std::shared_ptr<TlsCredentials>> TlsCredentials::Create(tls::CertificateSource& source,
                                                                       tls::ClientCertificates client_certificates) {
  const std::shared_ptr<const tls::CertificatePair> pair = source.Current();
  // gRPC would refuse a wrong pair only when it binds, and not say why.
  SIGNET_RETURN_IF_ERROR(tls::CheckCertificatePair(*pair));
  SIGNET_ASSIGN_OR_RETURN(std::unique_ptr<StagedCertificate> staged, StagedCertificate::Create(*pair));
  const std::shared_ptr<TlsCredentials> result(new TlsCredentials(std::move(staged), client_certificates));
  source.Follow(result);
  // It may have changed before it was followed.
  const std::shared_ptr<const tls::CertificatePair> now = source.Current();
  if (now != pair) SIGNET_RETURN_IF_ERROR(result->Use(*now));
  return result;
}

}  // namespace signet::rpc
