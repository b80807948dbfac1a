#ifndef SIGNET_TESTS_INTEGRATION_TEST_SERVER_H_
#define SIGNET_TESTS_INTEGRATION_TEST_SERVER_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/fake_clock.h"
#include "base/random.h"
#include "base/recording_logger.h"
#include "hsm/testing/soft_token.h"
#include "keystore/key_store.h"
#include "server/core/audit_trail.h"
#include "server/core/authenticator.h"
#include "server/core/certificates.h"
#include "server/core/credentials.h"
#include "server/core/executor.h"
#include "server/core/health.h"
#include "server/core/key_directory.h"
#include "server/core/key_rings.h"
#include "server/core/keys.h"
#include "server/core/metrics.h"
#include "server/core/rate_limiter.h"
#include "server/core/rotation_scheduler.h"
#include "server/core/services.h"
#include "server/core/signing_ledger.h"
#include "server/core/step_observer.h"
#include "server/core/tenants.h"
#include "server/core/tokens.h"
#include "server/core/wrapping_keys.h"
#include "server/main/dev_certificates.h"
#include "server/rpc/grpc_limits.h"
#include "server/rpc/grpc_server.h"
#include "server/tls/certificate_source.h"
#include "server/tls/client_certificates.h"
#include "tests/integration/gated_hsm.h"
#include "tests/integration/observed_event_store.h"

namespace signet::testing {

// What keys and records are kept in. kSqlite keeps its keys in memory: for long histories, of which the store in memory copies
// the whole for each commit.
enum class Backend { kMemory, kSoftHsmAndSqlite, kSqlite };
std::ostream& operator<<(std::ostream& out, Backend backend);

// The one SoftHSM token of the process: it has to be made before any thread, so main hands it over.
void SetSharedToken(std::unique_ptr<hsm::SoftToken> token);

struct TestServerOptions {
  Backend backend = Backend::kMemory;
  int signing_workers = 2;
  size_t signing_queue = 64;
  // Of signing workers.
  int spare_workers = 0;
  absl::Duration call_timeout = absl::InfiniteDuration();
  int admin_workers = 2;
  size_t admin_queue = 64;
  std::vector<std::string> addresses = {"127.0.0.1:0"};
  std::string probe_address = "";
  bool reflection = false;
  rpc::GrpcLimits limits = {};
  int max_health_watches = 1000;
  int max_watches = 1000;
  absl::Duration watch_check_interval = absl::Seconds(1);
  int max_streams = 1000;
  absl::Duration stream_check_interval = absl::Seconds(1);
  tls::ClientCertificates client_certificates = tls::ClientCertificates::kIgnored;
  // Borrowed. Default: the certificate of TestServer::certificates.
  tls::CertificateSource* certificate = nullptr;
  // Borrowed. Default: whoever calls is local and may do everything.
  core::Authenticator* authenticator = nullptr;
  core::RateLimiter::Options rates = {};
  // Puts another store in front of the backend's own.
  std::function<std::unique_ptr<keystore::KeyStore>(std::unique_ptr<keystore::KeyStore>)> wrap_store = nullptr;
};

// TestServer is a gRPC server in this process, with everything that it needs, on a fake clock. It is healthy from the start.
class TestServer {
 public:
  explicit TestServer(const TestServerOptions& options = {});
  ~TestServer();
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  // A new connection over TLS to the i-th address, or in plain text to a Unix socket.
  std::shared_ptr<grpc::Channel> Connect(size_t address = 0, grpc::ChannelArguments arguments = {}) const;
  // The same over TLS, with what `tls` says beside whom to trust, and whom to trust if it does not say that either.
  std::shared_ptr<grpc::Channel> ConnectWith(grpc::SslCredentialsOptions tls) const;
  std::shared_ptr<grpc::Channel> ConnectToProbe() const;

  FakeClock& clock() { return clock_; }
  GatedHsm& hsm() { return *hsm_; }
  ObservedEventStore& store() { return *observed_store_; }
  core::Executor& signing_executor() { return *signing_executor_; }
  core::Executor& admin_executor() { return *admin_executor_; }
  core::Metrics& metrics() { return metrics_; }
  RecordingLogger& log() { return logger_; }
  core::Health& health() { return health_; }
  // Runs only when a test has it run a pass.
  core::RotationScheduler& scheduler() { return *scheduler_; }
  core::KeyDirectory& directory() { return *directory_; }
  rpc::GrpcServer& grpc_server() { return *grpc_server_; }
  const server::DevCertificates& certificates() const { return certificates_; }
  tls::CertificateSource& certificate() { return certificate_; }
  // For another server, which needs an executor of its own.
  rpc::GrpcBackend BackendWith(core::Executor& signing_executor);

 private:
  const server::DevCertificates certificates_;
  tls::FixedCertificate certificate_;
  FakeClock clock_;
  SystemRandom random_;
  RecordingLogger logger_;
  core::Metrics metrics_{"test"};
  core::Health health_;
  core::StepObserver steps_;
  // Of the SQLite file; empty without.
  std::string folder_;
  std::unique_ptr<GatedHsm> hsm_;
  std::vector<std::unique_ptr<hsm::Signer>> signers_;
  std::unique_ptr<keystore::KeyStore> store_;
  std::unique_ptr<ObservedEventStore> observed_store_;
  std::unique_ptr<core::KeyDirectory> directory_;
  std::unique_ptr<core::SigningLedger> ledger_;
  std::optional<core::Services> services_;
  std::unique_ptr<core::Keys> keys_;
  std::unique_ptr<core::KeyRings> key_rings_;
  std::unique_ptr<core::WrappingKeys> wrapping_keys_;
  std::unique_ptr<core::Certificates> certificates_of_keys_;
  std::unique_ptr<core::Tenants> tenants_;
  std::unique_ptr<core::RotationScheduler> scheduler_;
  std::unique_ptr<core::Tokens> tokens_;
  std::unique_ptr<core::AuditTrail> audit_trail_;
  std::unique_ptr<core::Credentials> credentials_;
  core::OpenAuthenticator open_authenticator_;
  core::Authenticator& authenticator_;
  core::RateLimiter rate_limiter_;
  std::unique_ptr<core::Executor> signing_executor_;
  std::unique_ptr<core::Executor> admin_executor_;
  std::unique_ptr<rpc::GrpcServer> grpc_server_;
};

}  // namespace signet::testing

#endif  // SIGNET_TESTS_INTEGRATION_TEST_SERVER_H_
