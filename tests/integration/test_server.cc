#include "tests/integration/test_server.h"

#include <stdlib.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "hsm/pkcs11_hsm.h"
#include "hsm/software_hsm.h"
#include "keystore/memory_key_store.h"
#include "keystore/sqlite_key_store.h"
#include "server/core/key_signer.h"
#include "server/core/watched_signer.h"

namespace signet::testing {
namespace {

std::unique_ptr<hsm::SoftToken>& SharedToken() {
  static auto* const token = new std::unique_ptr<hsm::SoftToken>;
  return *token;
}

// A part that cannot be made leaves nothing to test.
template <typename T>
T OrDie(absl::StatusOr<T> part) {
  if (!part.ok()) {
    std::fprintf(stderr, "the test server cannot start: %s\n", part.status().ToString().c_str());
    std::abort();
  }
  return *std::move(part);
}

std::unique_ptr<hsm::Hsm> MakeHsm(Backend backend, Random& random) {
  if (backend != Backend::kSoftHsmAndSqlite) return hsm::CreateSoftwareHsm();
  const hsm::SoftToken& token = *SharedToken();
  return OrDie(hsm::Pkcs11Hsm::Create({token.module_path(), token.label(), token.user_pin(), &random}));
}

// On /dev/shm: what is tested here is not that writes survive a power failure.
std::string MakeFolder() {
  char pattern[] = "/dev/shm/signet-test-XXXXXX";
  return mkdtemp(pattern);
}

}  // namespace

std::ostream& operator<<(std::ostream& out, Backend backend) {
  switch (backend) {
    case Backend::kMemory:
      return out << "Memory";
    case Backend::kSoftHsmAndSqlite:
      return out << "SoftHsmAndSqlite";
    case Backend::kSqlite:
      return out << "Sqlite";
  }
  std::abort();  // No other value is ever made.
}

void SetSharedToken(std::unique_ptr<hsm::SoftToken> token) { SharedToken() = std::move(token); }

TestServer::TestServer(const TestServerOptions& options)
    : certificates_(OrDie(server::MakeDevCertificates(absl::Now()))),
      certificate_({certificates_.certificate, Secret(certificates_.private_key)}),
      authenticator_(options.authenticator != nullptr ? *options.authenticator : open_authenticator_),
      rate_limiter_(options.rates, clock_) {
  hsm_ = std::make_unique<GatedHsm>(MakeHsm(options.backend, random_));
  if (options.backend == Backend::kMemory) {
    store_ = keystore::CreateMemoryKeyStore();
  } else {
    folder_ = MakeFolder();
    store_ = OrDie(keystore::CreateSqliteKeyStore(folder_ + "/signet.db"));
  }
  if (options.wrap_store) store_ = options.wrap_store(std::move(store_));
  observed_store_ = std::make_unique<ObservedEventStore>(*store_);
  const std::string instance_id = OrDie(store_->InstanceId());
  const std::string public_url = "https://signet.test";
  directory_ =
      std::make_unique<core::KeyDirectory>(core::KeyDirectory::Options{public_url, instance_id, &logger_}, *observed_store_);
  if (!directory_->Refresh().ok()) std::abort();
  ledger_ = std::make_unique<core::SigningLedger>(core::SigningLedger::Options(), *observed_store_);
  services_.emplace(
      core::Services{*observed_store_, *hsm_, *directory_, *ledger_, clock_, random_, steps_, logger_, instance_id, public_url});
  keys_ = std::make_unique<core::Keys>(*services_);
  key_rings_ = std::make_unique<core::KeyRings>(*services_);
  wrapping_keys_ = std::make_unique<core::WrappingKeys>(*services_);
  certificates_of_keys_ = std::make_unique<core::Certificates>(*services_);
  tenants_ = std::make_unique<core::Tenants>(*services_);
  tokens_ = std::make_unique<core::Tokens>(*directory_, *ledger_, clock_, random_);
  audit_trail_ = std::make_unique<core::AuditTrail>(*observed_store_);
  credentials_ = std::make_unique<core::Credentials>(*services_);
  scheduler_ = std::make_unique<core::RotationScheduler>(core::RotationScheduler::Options(), *services_, metrics_);
  core::Executor::Options signing = {options.signing_workers, options.signing_queue};
  signing.spares = options.spare_workers;
  signing.call_timeout = options.call_timeout;
  signing_executor_ = std::make_unique<core::Executor>(signing);
  for (int i = 0; i < signing_executor_->capacity(); ++i) {
    signers_.push_back(
        std::make_unique<core::WatchedSigner>(std::make_unique<core::KeySigner>(*hsm_, *store_), signing_executor_->mark(i)));
  }
  admin_executor_ = std::make_unique<core::Executor>(core::Executor::Options{options.admin_workers, options.admin_queue});

  rpc::GrpcServerOptions grpc_options;
  grpc_options.addresses = options.addresses;
  grpc_options.certificate = options.certificate != nullptr ? options.certificate : &certificate_;
  grpc_options.client_certificates = options.client_certificates;
  grpc_options.watch_check_interval = options.watch_check_interval;
  grpc_options.probe_address = options.probe_address;
  grpc_options.reflection = options.reflection;
  grpc_options.limits = options.limits;
  grpc_options.max_health_watches = options.max_health_watches;
  grpc_options.max_watches = options.max_watches;
  grpc_options.max_streams = options.max_streams;
  grpc_options.stream_check_interval = options.stream_check_interval;
  grpc_server_ = OrDie(rpc::GrpcServer::Create(grpc_options, BackendWith(*signing_executor_)));
  grpc_server_->SetHealth(health_);
}

TestServer::~TestServer() {
  hsm_->gate().Open();
  grpc_server_.reset();
  signing_executor_.reset();
  admin_executor_.reset();
  scheduler_.reset();
  ledger_.reset();
  store_.reset();
  if (!folder_.empty()) std::filesystem::remove_all(folder_);
}

std::shared_ptr<grpc::Channel> TestServer::Connect(size_t address, grpc::ChannelArguments arguments) const {
  // Debian's c-ares leaks the names that it resolves, which LeakSanitizer minds.
  const std::string target = absl::StrReplaceAll(grpc_server_->bound_addresses()[address], {{"localhost:", "127.0.0.1:"}});
  // Channels with the same arguments would share one connection.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  if (absl::StartsWith(target, "unix:")) {
    return grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments);
  }
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = certificates_.ca;
  return grpc::CreateCustomChannel(target, grpc::SslCredentials(tls), arguments);
}

std::shared_ptr<grpc::Channel> TestServer::ConnectWith(grpc::SslCredentialsOptions tls) const {
  if (tls.pem_root_certs.empty()) tls.pem_root_certs = certificates_.ca;
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(grpc_server_->bound_addresses()[0], grpc::SslCredentials(tls), arguments);
}

std::shared_ptr<grpc::Channel> TestServer::ConnectToProbe() const {
  return grpc::CreateChannel(grpc_server_->bound_probe_address(), grpc::InsecureChannelCredentials());
}

rpc::GrpcBackend TestServer::BackendWith(core::Executor& signing_executor) {
  return {*keys_,
          *key_rings_,
          *wrapping_keys_,
          *certificates_of_keys_,
          *tenants_,
          *tokens_,
          *audit_trail_,
          *credentials_,
          authenticator_,
          rate_limiter_,
          *services_,
          *directory_,
          signing_executor,
          signers_,
          *admin_executor_,
          metrics_,
          logger_,
          random_,
          clock_};
}

}  // namespace signet::testing
