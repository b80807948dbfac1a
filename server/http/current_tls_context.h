#ifndef SIGNET_SERVER_HTTP_CURRENT_TLS_CONTEXT_H_
#define SIGNET_SERVER_HTTP_CURRENT_TLS_CONTEXT_H_

#include <asio/ssl.hpp>
#include <memory>

#include "absl/status/statusor.h"
#include "base/logger.h"
#include "server/http/tls_context.h"
#include "server/tls/certificate_source.h"
#include "server/tls/client_certificates.h"

namespace signet::http {

// CurrentTlsContext follows a CertificateSource, so that a server takes a renewed certificate without a restart. For one thread.
class CurrentTlsContext {
 public:
  // Shared: a connection keeps the one that it began with.
  using Context = std::shared_ptr<asio::ssl::context>;

  // `source` is borrowed.
  //   kInvalidArgument  as CreateTlsContext
  static absl::StatusOr<std::unique_ptr<CurrentTlsContext>> Create(const tls::CertificateSource& source,
                                                                   tls::ClientCertificates client_certificates);

  // The context for a connection that begins now. A pair that OpenSSL refuses although its source has checked it is logged once,
  // and the former one goes on.
  Context Get(Logger& logger);

 private:
  CurrentTlsContext(const tls::CertificateSource& source, tls::ClientCertificates client_certificates)
      : source_(source), client_certificates_(client_certificates) {}
  // Makes a context of what the source has now, if that is not what it had before.
  absl::Status Update();

  const tls::CertificateSource& source_;
  const tls::ClientCertificates client_certificates_;
  // What the source had when it was asked last; shared with it.
  std::shared_ptr<const tls::CertificatePair> seen_;
  Context context_;
};

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_CURRENT_TLS_CONTEXT_H_
