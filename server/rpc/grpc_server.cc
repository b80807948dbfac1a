#include "server/rpc/grpc_server.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/resource_quota.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/logger.h"
#include "server/core/key_watch_hub.h"
#include "server/rpc/audit_service_adapter.h"
#include "server/rpc/call_loop.h"
#include "server/rpc/connection_intake.h"
#include "server/rpc/credential_service_adapter.h"
#include "server/rpc/health_service.h"
#include "server/rpc/key_service_adapter.h"
#include "server/rpc/listening_address.h"
#include "server/rpc/server_start.h"
#include "server/rpc/sign_streams.h"
#include "server/rpc/tenant_service_adapter.h"
#include "server/rpc/tls_credentials.h"

namespace signet::rpc {
namespace {

// Probes are few, and must not be what uses up the descriptors.
constexpr size_t kMaxProbeConnections = 64;

constexpr char kAll[] = "";
constexpr char kKeyService[] = "signet.v1.KeyService";
constexpr char kTenantService[] = "signet.v1.TenantService";
constexpr char kAuditService[] = "signet.v1.AuditService";
constexpr char kCredentialService[] = "signet.v1.CredentialService";

HealthService::States NotServing() {
  return {{kAll, false}, {kKeyService, false}, {kTenantService, false}, {kAuditService, false}, {kCredentialService, false}};
}

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(std::min<int64_t>(absl::ToInt64Milliseconds(duration), std::numeric_limits<int>::max()));
}

void SetLimits(const GrpcLimits& limits, grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(limits.max_request_size);
  // No request is worth compressing, and a small one could unfold to a large one.
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, limits.max_metadata_size);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, limits.max_concurrent_streams);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, Milliseconds(limits.max_connection_age));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, Milliseconds(limits.max_connection_age_grace));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, Milliseconds(limits.max_connection_idle));
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, Milliseconds(limits.handshake_timeout));
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, Milliseconds(limits.min_client_ping_interval));
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, limits.max_ping_strikes);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(limits.ping_interval));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Milliseconds(limits.ping_timeout));
  grpc::ResourceQuota memory;
  memory.Resize(static_cast<size_t>(limits.max_memory));
  builder.SetResourceQuota(memory);
}

// Makes `tls` if an address needs it.
absl::StatusOr<std::vector<Listener>> MakeListeners(const GrpcServerOptions& options, std::shared_ptr<TlsCredentials>& tls) {
  const auto max_connections = static_cast<size_t>(options.limits.max_connections);
  std::vector<Listener> listeners;
  for (const std::string& address : options.addresses) {
    if (IsUnixAddress(address)) {
      listeners.push_back({address, grpc::InsecureServerCredentials(), max_connections});
      continue;
    }
    if (options.certificate == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat("listening on ", address, " needs a certificate"));
    }
    if (!tls) {
      SIGNET_ASSIGN_OR_RETURN(tls, TlsCredentials::Create(*options.certificate, options.client_certificates));
    }
    listeners.push_back({address, tls->credentials(), max_connections});
  }
  return listeners;
}

// LoopedGrpcServer is two gRPC servers: that of the API, and that of the probes.
class LoopedGrpcServer final : public GrpcServer {
 public:
  LoopedGrpcServer(const GrpcServerOptions& options, const GrpcBackend& backend)
      : loop_(backend.signing_executor),
        watch_hub_({.max_watchers = options.max_watches, .check_interval = options.watch_check_interval}, backend.directory,
                   backend.admin_executor),
        sign_streams_({.max_streams = options.max_streams, .check_interval = options.stream_check_interval}),
        key_service_(backend, watch_hub_, sign_streams_),
        tenant_service_(backend),
        audit_service_(backend),
        credential_service_(backend),
        logger_(backend.logger),
        health_(NotServing(), options.max_health_watches),
        probe_health_(NotServing(), options.max_health_watches) {}

  ~LoopedGrpcServer() override { Shutdown(absl::InfinitePast()); }

  absl::Status Listen(const GrpcServerOptions& options) {
    SIGNET_ASSIGN_OR_RETURN(const std::vector<Listener> listeners, MakeListeners(options, tls_));
    grpc::ServerBuilder builder;
    // The first, which is the one that is waited for.
    grpc::ServerCompletionQueue& queue = loop_.AddQueue(builder);
    builder.RegisterService(&key_service_.service());
    builder.RegisterService(&tenant_service_.service());
    builder.RegisterService(&audit_service_.service());
    builder.RegisterService(&credential_service_.service());
    builder.RegisterService(&health_.service());
    SetLimits(options.limits, builder);
    SIGNET_ASSIGN_OR_RETURN(
        server_, StartServer(builder, options.reflection ? Reflection::kOn : Reflection::kOff, listeners, door_, bound_addresses_));
    if (!options.probe_address.empty()) SIGNET_RETURN_IF_ERROR(ListenForProbes(options));
    key_service_.Serve(loop_, queue);
    tenant_service_.Serve(loop_, queue);
    audit_service_.Serve(loop_, queue);
    credential_service_.Serve(loop_, queue);
    health_.Serve(loop_, queue);
    loop_.Start();
    SIGNET_ASSIGN_OR_RETURN(intake_, ConnectionIntake::Create(std::move(door_.sources), logger_));
    return absl::OkStatus();
  }

  const std::vector<std::string>& bound_addresses() const override { return bound_addresses_; }
  const std::string& bound_probe_address() const override { return bound_probe_address_; }

  int64_t accepted_connections() const override { return intake_->accepted(); }
  int64_t refused_connections() const override { return intake_->refused(); }
  int64_t accept_errors() const override { return intake_->errors(); }

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
    // Before the servers, which would leave open what they are handed afterwards.
    if (intake_) intake_->Close();
    for (grpc::Server* server : {server_.get(), probe_server_.get()}) {
      if (server != nullptr) server->Shutdown(NotBeforeNow(deadline));
    }
    loop_.Stop();
  }

 private:
  absl::Status ListenForProbes(const GrpcServerOptions& options) {
    grpc::ServerBuilder builder;
    grpc::ServerCompletionQueue& queue = loop_.AddQueue(builder);
    builder.RegisterService(&probe_health_.service());
    SetLimits(options.limits, builder);
    std::vector<std::string> bound;
    SIGNET_ASSIGN_OR_RETURN(
        probe_server_,
        StartServer(builder, Reflection::kOff, {{options.probe_address, grpc::InsecureServerCredentials(), kMaxProbeConnections}},
                    door_, bound));
    bound_probe_address_ = bound[0];
    probe_health_.Serve(loop_, queue);
    return absl::OkStatus();
  }

  CallLoop loop_;
  core::KeyWatchHub watch_hub_;
  SignStreams sign_streams_;
  KeyServiceAdapter key_service_;
  TenantServiceAdapter tenant_service_;
  AuditServiceAdapter audit_service_;
  CredentialServiceAdapter credential_service_;
  Logger& logger_;
  HealthService health_;
  HealthService probe_health_;
  // For as long as the server reads its certificate; shared by its listeners, and absent where all are Unix sockets.
  std::shared_ptr<TlsCredentials> tls_;
  std::vector<std::string> bound_addresses_;
  std::string bound_probe_address_;
  // Last, so that they go before the services that they call.
  std::unique_ptr<grpc::Server> probe_server_;
  std::unique_ptr<grpc::Server> server_;
  Door door_;
  std::unique_ptr<ConnectionIntake> intake_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Create(const GrpcServerOptions& options, const GrpcBackend& backend) {
  auto server = std::make_unique<LoopedGrpcServer>(options, backend);
  SIGNET_RETURN_IF_ERROR(server->Listen(options));
  return server;
}

}  // namespace signet::rpc
