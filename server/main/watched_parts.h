#ifndef SIGNET_SERVER_MAIN_WATCHED_PARTS_H_
#define SIGNET_SERVER_MAIN_WATCHED_PARTS_H_

#include "absl/strings/string_view.h"
#include "hsm/hsm.h"
#include "hsm/key_wrapper.h"
#include "server/core/executor.h"
#include "server/core/metrics.h"
#include "server/http/http_server.h"
#include "server/rpc/grpc_server.h"
#include "server/tls/certificate_files.h"

namespace signet::server {

// Each has `metrics` ask a part of the server, which must stay for as long as somebody asks for metrics.
void WatchQueue(core::Metrics& metrics, absl::string_view queue, const core::Executor& executor, int limit);
void WatchHsm(core::Metrics& metrics, const hsm::Hsm& hsm);
void WatchKeyWrapper(core::Metrics& metrics, const hsm::KeyWrapper& wrapper);
void WatchListener(core::Metrics& metrics, absl::string_view listener, const http::HttpServer& server);
// Under the listener "grpc", for all addresses.
void WatchListener(core::Metrics& metrics, const rpc::GrpcServer& server);
void WatchCertificate(core::Metrics& metrics, absl::string_view listener, const tls::CertificateFiles& certificate);

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_WATCHED_PARTS_H_
