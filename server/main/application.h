#ifndef SIGNET_SERVER_MAIN_APPLICATION_H_
#define SIGNET_SERVER_MAIN_APPLICATION_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/logger.h"
#include "base/random.h"
#include "base/secret.h"
#include "hsm/hsm.h"
#include "keystore/key_store.h"
#include "server/core/audit_trail.h"
#include "server/core/certificates.h"
#include "server/core/credential_directory.h"
#include "server/core/credentials.h"
#include "server/core/executor.h"
#include "server/core/health.h"
#include "server/core/key_directory.h"
#include "server/core/key_rings.h"
#include "server/core/keys.h"
#include "server/core/metrics.h"
#include "server/core/rotation_scheduler.h"
#include "server/core/service_account_signer.h"
#include "server/core/services.h"
#include "server/core/signing_ledger.h"
#include "server/core/step_observer.h"
#include "server/core/tenants.h"
#include "server/core/tokens.h"
#include "server/core/wrapping_keys.h"
#include "server/http/core_token_endpoint.h"
#include "server/http/http_server.h"
#include "server/main/access.h"
#include "server/main/health_monitor.h"
#include "server/rpc/external_signer_server.h"
#include "server/rpc/grpc_backend.h"
#include "server/rpc/grpc_server.h"
#include "server/tls/certificate_files.h"
#include "signet/config/v1/config.pb.h"

namespace signet::server {

// Application is a running signetd: all of its parts, wired in the order in which they need each other and taken down in reverse.
// Thread-compatible.
class Application {
 public:
  // Binds the HTTPS port, opens the store and the token, resolves what a crash left between the two, loads the directory, and makes
  // sure that Signet's own tenant is whole. Serves nothing yet. `config` must be valid; `steps` and `logger` are borrowed.
  //   the errors of HttpServer, SqliteKeyStore, Pkcs11Hsm and Reconcile, with the setting that they are about ahead
  static absl::StatusOr<std::unique_ptr<Application>> Create(const config::v1::Config& config, Secret pin,
                                                             core::StepObserver& steps, Logger& logger);
  // Drains what Drain has not, and finalises Cryptoki.
  ~Application();

  // Opens the other ports, and answers on all of them.
  //   the errors of GrpcServer and HttpServer, as above
  absl::Status Serve();

  // Reports NOT_SERVING, accepts no further calls, and gives those under way the configured drain_timeout to end. Idempotent.
  void Drain();

  // Tells whether calls hang in the HSM. Once drained, they are all that the destructor waits for; a process that is to end must
  // not destroy this then, as their threads use it when they return.
  bool hangs() const;

  // For what is to be set up between Create and Serve.
  keystore::KeyStore& store() { return *store_; }
  core::Tenants& tenants() { return *tenants_; }
  core::KeyRings& key_rings() { return *key_rings_; }
  // Has what was set up past the use cases be known before anybody asks.
  absl::Status Refresh() { return directory_->Refresh(); }
  Random& random() { return random_; }
  const Clock& clock() const { return clock_; }

  // Where it serves; once Serve has returned.
  const std::vector<std::string>& grpc_addresses() const { return grpc_->bound_addresses(); }
  std::string https_url() const { return "https://" + https_->bound_address(); }
  const std::string& public_url() const { return public_url_; }
  // Empty if not served.
  const std::string& kubernetes_socket() const { return config_.kubernetes_signer().socket_path(); }
  std::string grpc_probe_address() const { return grpc_->bound_probe_address(); }
  std::string http_probe_address() const { return http_probe_ ? http_probe_->bound_address() : ""; }

 private:
  Application(const config::v1::Config& config, Logger& logger);

  absl::Status BindHttp();
  absl::Status OpenStore();
  absl::Status OpenToken(Secret pin);
  absl::Status ResolveCrash(core::StepObserver& steps);
  void StartWorkers();
  rpc::GrpcBackend Backend();
  absl::Status StartGrpc();
  absl::Status StartKubernetesSigner();
  void StartHealthMonitor();
  // Has the metrics ask those parts that keep some of them.
  void WatchParts();
  void DrainGrpc();

  const config::v1::Config config_;
  Logger& logger_;
  SystemClock clock_;
  SystemRandom random_;
  // For what is made for every call: ids of calls and of tokens.
  RandomStock ids_{random_};
  core::Health health_;
  core::Metrics metrics_;
  std::string public_url_;
  bool drained_ = false;
  // From here on in the order of creation; destroyed from the end.
  std::unique_ptr<tls::CertificateFiles> https_certificate_;
  std::unique_ptr<tls::CertificateFiles> grpc_certificate_;
  std::unique_ptr<http::HttpServer> https_;
  std::unique_ptr<http::HttpServer> http_probe_;
  std::unique_ptr<keystore::KeyStore> store_;
  std::unique_ptr<hsm::Hsm> hsm_;
  core::CredentialDirectory credential_directory_;
  std::optional<core::KeyDirectory> directory_;
  std::optional<core::SigningLedger> ledger_;
  std::optional<core::Services> services_;
  std::optional<core::Keys> keys_;
  std::optional<core::KeyRings> key_rings_;
  std::optional<core::WrappingKeys> wrapping_keys_;
  std::optional<core::Certificates> certificates_;
  std::optional<core::Tenants> tenants_;
  std::optional<core::Tokens> tokens_;
  std::optional<core::AuditTrail> audit_trail_;
  std::optional<core::Credentials> credentials_;
  std::unique_ptr<Access> access_;
  // Each signer is one worker's of the executor that follows.
  std::vector<std::unique_ptr<hsm::Signer>> signers_;
  std::optional<core::Executor> signing_executor_;
  std::optional<core::Executor> admin_executor_;
  std::vector<std::unique_ptr<hsm::Signer>> token_signers_;
  std::optional<core::Executor> token_executor_;
  std::optional<http::CoreTokenEndpoint> token_endpoint_;
  std::optional<core::RotationScheduler> scheduler_;
  std::unique_ptr<rpc::GrpcServer> grpc_;
  std::optional<core::ServiceAccountSigner> service_accounts_;
  std::unique_ptr<rpc::ExternalSignerServer> kubernetes_signer_;
  std::optional<HealthMonitor> monitor_;
};

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_APPLICATION_H_
