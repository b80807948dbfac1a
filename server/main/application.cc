#include "server/main/application.h"

#include <grpcpp/grpcpp.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "base/version.h"
#include "hsm/pkcs11_hsm.h"
#include "keystore/ids.h"
#include "keystore/sqlite_key_store.h"
#include "server/core/key_signer.h"
#include "server/core/names.h"
#include "server/core/reconciler.h"
#include "server/core/system_tenant.h"
#include "server/core/watched_signer.h"
#include "server/main/duration.h"
#include "server/main/free_memory.h"
#include "server/main/grpc_limits_config.h"
#include "server/main/watched_parts.h"

namespace signet::server {
namespace {

namespace v1 = config::v1;

// For how long, at the end, calls are refused by name before connections are closed.
constexpr absl::Duration kRefusal = absl::Milliseconds(100);
// How many times as long as a signature an administrative call may take: it waits for the store as well, and makes keys.
constexpr int kAdminPatience = 10;
// How long clients have to close their connections. Those of gRPC's synchronous interface that are idle would take 5 s.
constexpr absl::Duration kFarewell = absl::Milliseconds(250);

// Puts the setting that an error is about ahead of it.
template <typename T>
absl::StatusOr<T> About(absl::string_view setting, absl::StatusOr<T> result) {
  if (result.ok()) return result;
  return Annotate(result.status(), setting);
}

// Puts the setting that an error of Pkcs11Hsm is about ahead of it, in place of the option that came from that setting.
absl::Status AboutHsm(const absl::Status& status) {
  const std::optional<ErrorDetail> detail = GetErrorDetail(status);
  const auto field = detail ? detail->metadata.find("field") : std::map<std::string, std::string>::const_iterator();
  if (!detail || field == detail->metadata.end()) return Annotate(status, "hsm");
  const std::string setting = field->second == "module_path" ? "hsm.module" : absl::StrCat("hsm.", field->second);
  const absl::string_view message = absl::StripPrefix(status.message(), absl::StrCat(field->second, ": "));
  return Error(status.code(), detail->reason, absl::StrCat(setting, ": ", message), {{"field", setting}});
}

// Follows the certificate and the key of a listener.
absl::StatusOr<std::unique_ptr<tls::CertificateFiles>> Follow(const v1::Tls& tls, Logger& logger) {
  tls::CertificateFiles::Options options;
  options.certificate_file = tls.certificate_file();
  options.private_key_file = tls.private_key_file();
  options.logger = &logger;
  return tls::CertificateFiles::Create(std::move(options));
}

// Makes a signer for each worker of `executor`, which it borrows.
std::vector<std::unique_ptr<hsm::Signer>> MakeSigners(hsm::Hsm& hsm, keystore::KeyStore& store, core::Executor& executor) {
  std::vector<std::unique_ptr<hsm::Signer>> signers;
  for (int i = 0; i < executor.capacity(); ++i) {
    signers.push_back(std::make_unique<core::WatchedSigner>(std::make_unique<core::KeySigner>(hsm, store), executor.mark(i)));
  }
  return signers;
}

// The setting that an error of GrpcServer is about.
absl::string_view GrpcSetting(const absl::Status& status, const std::string& probe_address) {
  absl::string_view message = status.message();
  const bool probe = !probe_address.empty() && absl::ConsumePrefix(&message, absl::StrCat("cannot listen on ", probe_address)) &&
                     (message.empty() || message[0] == ':');
  return probe ? "probe.grpc_address" : "grpc";
}

}  // namespace

absl::StatusOr<std::unique_ptr<Application>> Application::Create(const v1::Config& config, Secret pin, core::StepObserver& steps,
                                                                 Logger& logger) {
  std::unique_ptr<Application> application(new Application(config, logger));
  // The port first: it costs nothing, and a second signetd that was started by mistake ends here.
  SIGNET_RETURN_IF_ERROR(application->BindHttp());
  SIGNET_RETURN_IF_ERROR(application->OpenStore());
  SIGNET_RETURN_IF_ERROR(application->OpenToken(std::move(pin)));
  SIGNET_RETURN_IF_ERROR(application->ResolveCrash(steps));
  // All rows were read once, and their memory lies between what stays: with 100,000 keys a tenth of all.
  ReleaseFreeMemory();
  return application;
}

Application::Application(const v1::Config& config, Logger& logger)
    : config_(config),
      logger_(logger),
      metrics_(std::string(kVersion),
               {{"grpc_version", grpc::Version()}, {"openssl_version", OpenSSL_version(OPENSSL_VERSION_STRING)}}) {}

Application::~Application() { Drain(); }

absl::Status Application::BindHttp() {
  const v1::HttpListener& http = config_.http();
  SIGNET_ASSIGN_OR_RETURN(https_certificate_, About("http.tls", Follow(http.tls(), logger_)));
  http::HttpServerOptions options;
  options.address = http.address();
  options.certificates = https_certificate_.get();
  options.client_certificates =
      http.tls().request_client_certificates() ? tls::ClientCertificates::kAsked : tls::ClientCertificates::kIgnored;
  options.max_connections = http.max_connections();
  SIGNET_ASSIGN_OR_RETURN(https_, About("http", http::HttpServer::Create(options)));
  public_url_ = http.public_url().empty() ? absl::StrCat("https://", https_->bound_address()) : http.public_url();

  if (config_.probe().http_address().empty()) return absl::OkStatus();
  http::HttpServerOptions probe;
  probe.address = config_.probe().http_address();
  probe.routes = http::RouteSet::kProbe;
  SIGNET_ASSIGN_OR_RETURN(http_probe_, About("probe.http_address", http::HttpServer::Create(probe)));
  return absl::OkStatus();
}

absl::Status Application::OpenStore() {
  SIGNET_ASSIGN_OR_RETURN(store_, About("store.sqlite_path", keystore::CreateSqliteKeyStore(config_.store().sqlite_path())));
  return absl::OkStatus();
}

absl::Status Application::OpenToken(Secret pin) {
  hsm::Pkcs11HsmOptions options;
  options.module_path = config_.hsm().module();
  options.token_label = config_.hsm().token_label();
  options.pin = std::move(pin);
  options.random = &random_;
  options.unwrapped_keys = static_cast<size_t>(config_.hsm().unwrapped_keys());
  absl::StatusOr<std::unique_ptr<hsm::Hsm>> hsm = hsm::Pkcs11Hsm::Create(std::move(options));
  if (!hsm.ok()) return AboutHsm(hsm.status());
  hsm_ = *std::move(hsm);
  return absl::OkStatus();
}

absl::Status Application::ResolveCrash(core::StepObserver& steps) {
  SIGNET_ASSIGN_OR_RETURN(const std::string instance_id, store_->InstanceId());
  directory_.emplace(core::KeyDirectory::Options{public_url_, instance_id, &logger_, &credential_directory_}, *store_);
  ledger_.emplace(core::SigningLedger::Options(), *store_);
  services_.emplace(
      core::Services{*store_, *hsm_, *directory_, *ledger_, clock_, random_, steps, logger_, instance_id, public_url_});
  SIGNET_ASSIGN_OR_RETURN(const core::Reconciliation done, About("reconciliation", core::Reconcile(*services_)));
  logger_.Log(LogLevel::kInfo, "reconciled",
              {{"completed", int64_t{done.completed}},
               {"failed", int64_t{done.failed}},
               {"destroyed", int64_t{done.destroyed}},
               {"orphans", int64_t{done.orphans}},
               {"refused", int64_t{done.refused}},
               {"missing", int64_t{done.missing}},
               {"certified", int64_t{done.certified}},
               {"wrapping_keys", int64_t{done.wrapping_keys}}});
  if (done.missing > 0) {
    logger_.Log(LogLevel::kError,
                "the token lacks private keys that the store has, which cannot sign: set hsm.token_label to the right token, or "
                "restore its backup, and restart; revoke keys that are lost for good",
                {{"missing", int64_t{done.missing}}});
  }
  SIGNET_RETURN_IF_ERROR(directory_->Refresh());
  SIGNET_RETURN_IF_ERROR(Annotate(core::EnsureSystemTenant(*services_), "the tenant system"));
  keys_.emplace(*services_);
  key_rings_.emplace(*services_);
  wrapping_keys_.emplace(*services_);
  certificates_.emplace(*services_);
  tenants_.emplace(*services_);
  core::VerifiedSigning::Options verification;
  verification.share = 1.0 / config_.hsm().verify_one_in();
  verification.logger = &logger_;
  verification.metrics = &metrics_;
  tokens_.emplace(*directory_, *ledger_, clock_, ids_, &credential_directory_, verification);
  audit_trail_.emplace(*store_);
  credentials_.emplace(*services_);
  core::RotationScheduler::Options scheduler;
  scheduler.sealing.max_events = config_.audit().seal_events();
  scheduler.sealing.max_age = ToDuration(config_.audit().seal_interval());
  scheduler_.emplace(scheduler, *services_, metrics_);
  SIGNET_ASSIGN_OR_RETURN(access_, Access::Create(config_, *services_, credential_directory_, *tokens_, metrics_));
  return absl::OkStatus();
}

absl::Status Application::Serve() {
  StartWorkers();
  SIGNET_RETURN_IF_ERROR(StartGrpc());
  SIGNET_RETURN_IF_ERROR(StartKubernetesSigner());
  StartHealthMonitor();
  scheduler_->Start();
  access_->Start();
  WatchParts();
  const http::ManagementBackend management = {.keys = *keys_,
                                              .rings = *key_rings_,
                                              .tenants = *tenants_,
                                              .credentials = *credentials_,
                                              .clients = credential_directory_,
                                              .authorities = access_->authorities(),
                                              .executor = *admin_executor_};
  const http::HttpBackend backend = {.directory = *directory_,
                                     .health = health_,
                                     .metrics = metrics_,
                                     .logger = logger_,
                                     .clock = clock_,
                                     .random = ids_,
                                     .authenticator = access_->authenticator(),
                                     .rate_limiter = access_->rate_limiter(),
                                     .token_endpoint = *token_endpoint_,
                                     .token_executor = *token_executor_,
                                     .public_url = public_url_,
                                     .management = management};
  https_->Serve(backend);
  if (http_probe_) http_probe_->Serve(backend);
  return absl::OkStatus();
}

void Application::StartWorkers() {
  const v1::Limits& limits = config_.limits();
  core::Executor::Options signing = {config_.hsm().sessions(), static_cast<size_t>(limits.signing_queue())};
  signing.spares = config_.hsm().spare_sessions();
  signing.call_timeout = ToDuration(config_.hsm().call_timeout());
  // The others are for gRPC's and the kernel's part of a call.
  signing.quick_workers = static_cast<int>(std::thread::hardware_concurrency() / 2);
  signing_executor_.emplace(signing);
  signers_ = MakeSigners(*hsm_, *store_, *signing_executor_);

  core::Executor::Options token = {limits.token_workers(), static_cast<size_t>(limits.token_queue())};
  token.spares = token.workers;
  token.call_timeout = signing.call_timeout;
  token_executor_.emplace(token);
  token_signers_ = MakeSigners(*hsm_, *store_, *token_executor_);
  token_endpoint_.emplace(access_->oauth(), token_signers_);

  core::Executor::Options admin = {limits.admin_workers(), static_cast<size_t>(limits.admin_queue())};
  admin.spares = admin.workers;
  admin.watch = core::Executor::Watch::kTasks;
  admin.call_timeout = kAdminPatience * signing.call_timeout;
  admin_executor_.emplace(admin);
}

rpc::GrpcBackend Application::Backend() {
  return {.keys = *keys_,
          .key_rings = *key_rings_,
          .wrapping_keys = *wrapping_keys_,
          .certificates = *certificates_,
          .tenants = *tenants_,
          .tokens = *tokens_,
          .audit_trail = *audit_trail_,
          .credentials = *credentials_,
          .authenticator = access_->authenticator(),
          .rate_limiter = access_->rate_limiter(),
          .services = *services_,
          .directory = *directory_,
          .signing_executor = *signing_executor_,
          .signers = signers_,
          .admin_executor = *admin_executor_,
          .metrics = metrics_,
          .logger = logger_,
          .random = ids_,
          .clock = clock_};
}

absl::Status Application::StartGrpc() {
  rpc::GrpcServerOptions options;
  options.addresses.assign(config_.grpc().addresses().begin(), config_.grpc().addresses().end());
  options.reflection = config_.grpc().reflection();
  options.limits = ToGrpcLimits(config_.grpc().limits());
  options.probe_address = config_.probe().grpc_address();
  if (config_.grpc().has_tls()) {
    SIGNET_ASSIGN_OR_RETURN(grpc_certificate_, About("grpc.tls", Follow(config_.grpc().tls(), logger_)));
    options.certificate = grpc_certificate_.get();
    if (config_.grpc().tls().request_client_certificates()) options.client_certificates = tls::ClientCertificates::kAsked;
  }
  absl::StatusOr<std::unique_ptr<rpc::GrpcServer>> grpc = rpc::GrpcServer::Create(options, Backend());
  if (!grpc.ok()) return Annotate(grpc.status(), GrpcSetting(grpc.status(), options.probe_address));
  grpc_ = *std::move(grpc);
  grpc_->SetHealth(health_);
  return absl::OkStatus();
}

absl::Status Application::StartKubernetesSigner() {
  if (!config_.has_kubernetes_signer()) return absl::OkStatus();
  const v1::KubernetesSigner& config = config_.kubernetes_signer();
  const core::RingName ring{keystore::TenantId(config.tenant()), keystore::RingId(config.ring())};
  std::optional<absl::Duration> max_expiration;
  if (config.has_max_token_expiration()) max_expiration = ToDuration(config.max_token_expiration());
  service_accounts_.emplace(core::ServiceAccountSigner::Options{ring, max_expiration}, *directory_, *tokens_, clock_);
  const absl::Status checked = service_accounts_->CheckRing(*store_);
  if (absl::IsNotFound(checked)) {
    // It may be made through the API that is about to be served.
    logger_.Log(LogLevel::kWarning, "the Kubernetes signer cannot sign yet", {{"error", std::string(checked.message())}});
  } else if (!checked.ok()) {
    return Annotate(checked, "kubernetes_signer.ring");
  }
  rpc::ExternalSignerServerOptions options = {.socket_path = config.socket_path(), .allowed_uids = {}, .ring = ring};
  for (const int32_t uid : config.allowed_uids()) options.allowed_uids.insert(static_cast<uid_t>(uid));
  if (options.allowed_uids.empty()) options.allowed_uids.insert(geteuid());
  SIGNET_ASSIGN_OR_RETURN(kubernetes_signer_, About("kubernetes_signer.socket_path",
                                                    rpc::ExternalSignerServer::Create(options, Backend(), *service_accounts_)));
  return absl::OkStatus();
}

void Application::StartHealthMonitor() {
  std::vector<HealthMonitor::Check> checks;
  checks.push_back({"hsm", [this] { return hsm_->CheckHealth(); },
                    [this](bool ok) {
                      health_.SetHsmOk(ok);
                      grpc_->SetHealth(health_);
                    }});
  checks.push_back({"hsm calls",
                    [this]() -> absl::Status {
                      const int hanging = signing_executor_->hanging_workers() + token_executor_->hanging_workers();
                      if (hanging == 0) return absl::OkStatus();
                      return Error(absl::StatusCode::kUnavailable, reason::kHsmUnavailable,
                                   absl::StrCat(hanging, " signatures hang in the HSM: if they do not return, restart"));
                    },
                    [this](bool ok) {
                      health_.SetHsmHangs(!ok);
                      grpc_->SetHealth(health_);
                    }});
  // Also what keeps the directory fresh, and brings it a change that could not be read back when it was made.
  checks.push_back({"store",
                    [this] {
                      credential_directory_.ForgetExpired(clock_.Now() - absl::Minutes(1));
                      return directory_->Refresh();
                    },
                    [this](bool ok) {
                      health_.SetStoreOk(ok);
                      grpc_->SetHealth(health_);
                    }});
  monitor_.emplace(HealthMonitor::Options(), std::move(checks), logger_);
}

void Application::WatchParts() {
  using core::Watched;
  WatchQueue(metrics_, "token", *token_executor_, config_.limits().token_queue());
  WatchQueue(metrics_, "signing", *signing_executor_, config_.limits().signing_queue());
  WatchQueue(metrics_, "admin", *admin_executor_, config_.limits().admin_queue());
  metrics_.Watch(Watched::kReady, [this] { return health_.ready() ? 1 : 0; });
  metrics_.Watch(Watched::kHsmServing, [this] { return health_.hsm_ok() ? 1 : 0; });
  WatchHsm(metrics_, *hsm_);
  WatchKeyWrapper(metrics_, hsm_->key_wrapper());
  metrics_.Watch(Watched::kStoreServing, [this] { return health_.store_ok() ? 1 : 0; });
  metrics_.Watch(Watched::kStoreAge, [this] { return absl::ToDoubleSeconds(directory_->age()); });
  metrics_.Watch(Watched::kStoreUnwritten, [this] { return absl::ToDoubleSeconds(ledger_->UnwrittenFor()); });
  // Only the HTTP listeners ask for metrics, so they are there when they are asked.
  WatchListener(metrics_, "https", *https_);
  if (http_probe_) WatchListener(metrics_, "http_probe", *http_probe_);
  WatchListener(metrics_, *grpc_);
  WatchCertificate(metrics_, "https", *https_certificate_);
  if (grpc_certificate_) WatchCertificate(metrics_, "grpc", *grpc_certificate_);
}

void Application::Drain() {
  if (std::exchange(drained_, true)) return;
  health_.SetDraining();
  if (grpc_) DrainGrpc();
  // After the calls, as the step that it is at may wait for the HSM.
  if (scheduler_) scheduler_->Stop();
  // The JWKS is served until the last token has been signed.
  // Both end before either goes: one serves the metrics of both.
  if (https_) https_->Shutdown();
  if (http_probe_) http_probe_->Shutdown();
  https_.reset();
  http_probe_.reset();
  if (token_executor_) token_executor_->Shutdown();
  // The last signature has been made.
  if (ledger_) ledger_->Stop();
  if (access_) access_->Stop();
  if (monitor_) monitor_->Stop();
}

bool Application::hangs() const {
  for (const std::optional<core::Executor>* executor : {&signing_executor_, &admin_executor_, &token_executor_}) {
    if (*executor && (*executor)->hanging_workers() > 0) return true;
  }
  return false;
}

void Application::DrainGrpc() {
  grpc_->SetHealth(health_);
  // Not by the clock, which may be set back meanwhile.
  const auto begin = std::chrono::steady_clock::now();
  const auto deadline = begin + absl::ToChronoNanoseconds(ToDuration(config_.limits().drain_timeout()));

  // The executors end what they have been given, and refuse further calls with SHUTTING_DOWN, so that their clients know that
  // nothing was done. gRPC would cut such calls off; so it ends only when those who call without pause have been told.
  std::promise<void> promise;
  const std::future<void> calls_ended = promise.get_future();
  std::thread executors_end([&] {
    signing_executor_->Shutdown();
    admin_executor_->Shutdown();
    promise.set_value();
  });
  calls_ended.wait_until(deadline);
  std::this_thread::sleep_until(std::min(begin + absl::ToChronoNanoseconds(kRefusal), deadline));

  // This cancels the calls that ran out of time; those that wait for a worker end unbegun.
  const absl::Time farewell = absl::Now() + std::min(kFarewell, absl::FromChrono(deadline - std::chrono::steady_clock::now()));
  if (kubernetes_signer_) kubernetes_signer_->Shutdown(farewell);
  grpc_->Shutdown(farewell);
  executors_end.join();
}

}  // namespace signet::server
