#include "server/rpc/grpc_server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "server/core/key_watch_hub.h"
#include "server/rpc/audit_service_adapter.h"
#include "server/rpc/credential_service_adapter.h"
#include "server/rpc/health_service.h"
#include "server/rpc/key_service_adapter.h"
#include "server/rpc/listening_address.h"
#include "server/rpc/sign_streams.h"
#include "server/rpc/tenant_service_adapter.h"
#include "server/rpc/tls_credentials.h"

namespace signet::rpc {
namespace {

// The largest request, VerifyToken with a token of 128 KiB, and room.
constexpr int kMaxRequestSize = 256 * 1024;
constexpr int kMaxMetadataSize = 16 * 1024;
constexpr int kMaxConcurrentStreams = 1024;
// A client may ping this often, even without calls; one that is gone is noticed within a minute and a half.
constexpr int kMinPingIntervalMs = 10'000;
constexpr int kPingIntervalMs = 60'000;
constexpr int kPingTimeoutMs = 20'000;

constexpr char kAll[] = "";
constexpr char kKeyService[] = "signet.v1.KeyService";
constexpr char kTenantService[] = "signet.v1.TenantService";
constexpr char kAuditService[] = "signet.v1.AuditService";
constexpr char kCredentialService[] = "signet.v1.CredentialService";

HealthService::States NotServing() {
  return {{kAll, false}, {kKeyService, false}, {kTenantService, false}, {kAuditService, false}, {kCredentialService, false}};
}

// OwnerOnlyFiles has the files that this process makes be its user's alone, until its destructor.
class OwnerOnlyFiles {
 public:
  OwnerOnlyFiles() : previous_(umask(077)) {}
  ~OwnerOnlyFiles() { umask(previous_); }
  OwnerOnlyFiles(const OwnerOnlyFiles&) = delete;
  OwnerOnlyFiles& operator=(const OwnerOnlyFiles&) = delete;

 private:
  const mode_t previous_;
};

enum class Reflection { kOff, kOn };

// SetReflection serves grpc.reflection on one server, or does not. gRPC's library switches it on for every server of a process as
// soon as it is linked, so that it has to be taken away where it is not wanted.
class SetReflection final : public grpc::ServerBuilderOption {
 public:
  explicit SetReflection(Reflection reflection) : reflection_(reflection) {}
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    auto wanted = std::make_unique<grpc::reflection::ProtoServerReflectionPlugin>();
    const std::string name = wanted->name();
    plugins->erase(std::remove_if(plugins->begin(), plugins->end(), [&](const auto& plugin) { return plugin->name() == name; }),
                   plugins->end());
    if (reflection_ == Reflection::kOn) plugins->push_back(std::move(wanted));
  }

 private:
  const Reflection reflection_;
};

struct Listener {
  std::string address;
  std::shared_ptr<grpc::ServerCredentials> credentials;  // Shared with gRPC.
  // Absent on a Unix socket. Shared by listeners.
  std::shared_ptr<TlsCredentials> tls = nullptr;
};

void SetLimits(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMaxRequestSize);
  // No request is worth compressing, and a small one could unfold to a large one.
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataSize);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxConcurrentStreams);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kMinPingIntervalMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kPingIntervalMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kPingTimeoutMs);
  // A second server on the same port would silently get a part of the connections.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
}

absl::StatusOr<std::vector<Listener>> MakeListeners(const GrpcServerOptions& options) {
  std::shared_ptr<TlsCredentials> tls;
  std::vector<Listener> listeners;
  for (const std::string& address : options.addresses) {
    if (IsUnixAddress(address)) {
      listeners.push_back({address, grpc::InsecureServerCredentials()});
      continue;
    }
    if (options.certificate == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat("listening on ", address, " needs a certificate"));
    }
    if (!tls) {
      SIGNET_ASSIGN_OR_RETURN(tls, TlsCredentials::Create(*options.certificate, options.client_certificates));
    }
    listeners.push_back({address, tls->credentials(), tls});
  }
  return listeners;
}

// Binds all of `listeners` and starts a server on them; their addresses, with the ports that were bound, go to `bound`.
absl::StatusOr<std::unique_ptr<grpc::Server>> Start(grpc::ServerBuilder& builder, const std::vector<Listener>& listeners,
                                                    std::vector<std::string>& bound) {
  SetLimits(builder);
  std::vector<int> ports(listeners.size(), 0);
  for (size_t i = 0; i < listeners.size(); ++i) {
    SIGNET_RETURN_IF_ERROR(PrepareListeningAddress(listeners[i].address));
    builder.AddListeningPort(listeners[i].address, listeners[i].credentials, &ports[i]);
  }
  std::unique_ptr<grpc::Server> server;
  {
    const OwnerOnlyFiles sockets_too;  // So that nobody else can connect before the chmod below.
    server = builder.BuildAndStart();
  }
  for (size_t i = 0; i < listeners.size(); ++i) {
    const std::string& address = listeners[i].address;
    if (ports[i] == 0) return absl::UnavailableError(absl::StrCat("cannot listen on ", address));
    if (IsUnixAddress(address) && chmod(UnixPath(address).c_str(), S_IRUSR | S_IWUSR) != 0) {
      return absl::UnavailableError(absl::StrCat("cannot set the mode of ", address, ": ", std::strerror(errno)));
    }
    bound.push_back(WithPort(address, ports[i]));
  }
  if (!server) return absl::UnavailableError("gRPC did not start");
  return server;
}

// gRPC takes a time before 1970 for "never".
std::chrono::system_clock::time_point NotBeforeNow(absl::Time deadline) {
  return std::max(std::chrono::system_clock::now(), absl::ToChronoTime(deadline));
}

// CallbackGrpcServer is two gRPC servers: that of the API, and that of the probes.
class CallbackGrpcServer final : public GrpcServer {
 public:
  CallbackGrpcServer(const GrpcServerOptions& options, const GrpcBackend& backend)
      : watch_hub_({.max_watchers = options.max_watches, .check_interval = options.watch_check_interval}, backend.directory,
                   backend.admin_executor),
        sign_streams_(SignStreams::Options()),
        key_service_(backend, watch_hub_, sign_streams_),
        tenant_service_(backend),
        audit_service_(backend),
        credential_service_(backend),
        health_(NotServing()),
        probe_health_(NotServing()) {}

  ~CallbackGrpcServer() override { Shutdown(absl::InfinitePast()); }

  absl::Status Listen(const GrpcServerOptions& options) {
    if (!options.probe_address.empty()) {
      grpc::ServerBuilder builder;
      builder.SetOption(std::make_unique<SetReflection>(Reflection::kOff));
      builder.RegisterService(&probe_health_);
      std::vector<std::string> bound;
      SIGNET_ASSIGN_OR_RETURN(probe_server_, Start(builder, {{options.probe_address, grpc::InsecureServerCredentials()}}, bound));
      bound_probe_address_ = bound[0];
    }
    SIGNET_ASSIGN_OR_RETURN(listeners_, MakeListeners(options));
    grpc::ServerBuilder builder;
    builder.SetOption(std::make_unique<SetReflection>(options.reflection ? Reflection::kOn : Reflection::kOff));
    builder.RegisterService(&key_service_);
    builder.RegisterService(&tenant_service_);
    builder.RegisterService(&audit_service_);
    builder.RegisterService(&credential_service_);
    builder.RegisterService(&health_);
    SIGNET_ASSIGN_OR_RETURN(server_, Start(builder, listeners_, bound_addresses_));
    return absl::OkStatus();
  }

  const std::vector<std::string>& bound_addresses() const override { return bound_addresses_; }
  const std::string& bound_probe_address() const override { return bound_probe_address_; }

  void SetHealth(const core::Health& health) override {
    const HealthService::States states = {{kAll, health.ready()},
                                          {kKeyService, health.can_sign()},
                                          {kTenantService, health.can_administer()},
                                          {kAuditService, health.can_administer()},
                                          {kCredentialService, health.can_administer()}};
    health_.Set(states);
    probe_health_.Set(states);
  }

  void Shutdown(absl::Time deadline) override {
    // First, so that load balancers turn away while calls under way end; this also ends calls of Watch, which would hold up the
    // rest, as would those of WatchKeys and StreamSign.
    health_.Shutdown();
    probe_health_.Shutdown();
    watch_hub_.Shutdown();
    sign_streams_.Shutdown();
    for (grpc::Server* server : {server_.get(), probe_server_.get()}) {
      if (server != nullptr) server->Shutdown(NotBeforeNow(deadline));
    }
  }

 private:
  core::KeyWatchHub watch_hub_;
  SignStreams sign_streams_;
  KeyServiceAdapter key_service_;
  TenantServiceAdapter tenant_service_;
  AuditServiceAdapter audit_service_;
  CredentialServiceAdapter credential_service_;
  HealthService health_;
  HealthService probe_health_;
  // For as long as the server reads their certificates.
  std::vector<Listener> listeners_;
  std::vector<std::string> bound_addresses_;
  std::string bound_probe_address_;
  // Last, so that they go before the services that they call.
  std::unique_ptr<grpc::Server> probe_server_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Create(const GrpcServerOptions& options, const GrpcBackend& backend) {
  auto server = std::make_unique<CallbackGrpcServer>(options, backend);
  SIGNET_RETURN_IF_ERROR(server->Listen(options));
  return server;
}

}  // namespace signet::rpc
