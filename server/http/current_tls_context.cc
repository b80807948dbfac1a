#include "server/http/current_tls_context.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "base/error.h"

namespace signet::http {

absl::StatusOr<std::unique_ptr<CurrentTlsContext>> CurrentTlsContext::Create(const tls::CertificateSource& source,
                                                                             tls::ClientCertificates client_certificates) {
  std::unique_ptr<CurrentTlsContext> current(new CurrentTlsContext(source, client_certificates));
  SIGNET_RETURN_IF_ERROR(current->Update());
  return current;
}

CurrentTlsContext::Context CurrentTlsContext::Get(Logger& logger) {
  if (const absl::Status updated = Update(); !updated.ok()) {
    logger.Log(LogLevel::kError, "http listener keeps its former certificate", {{"error", std::string(updated.message())}});
  }
  return context_;
}

absl::Status CurrentTlsContext::Update() {
  std::shared_ptr<const tls::CertificatePair> pair = source_.Current();
  if (pair == seen_) return absl::OkStatus();
  seen_ = std::move(pair);
  SIGNET_ASSIGN_OR_RETURN(context_, CreateTlsContext(seen_->certificate_chain, seen_->private_key, client_certificates_));
  return absl::OkStatus();
}

}  // namespace signet::http
