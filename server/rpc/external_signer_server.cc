#include "server/rpc/external_signer_server.h"

#include <grpcpp/grpcpp.h>

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/logger.h"
#include "externaljwt/apis/v1/api.grpc.pb.h"
#include "server/core/access.h"
#include "server/core/authenticator.h"
#include "server/core/principal.h"
#include "server/core/scope.h"
#include "server/rpc/call_loop.h"
#include "server/rpc/connection_intake.h"
#include "server/rpc/external_signer_calls.h"
#include "server/rpc/server_start.h"
#include "server/rpc/service_adapter.h"
#include "server/rpc/socket_peer.h"

namespace signet::rpc {
namespace {

// Claims of 64 KiB, in base64url.
constexpr int kMaxRequestSize = 128 * 1024;
constexpr int kMaxStreams = 1024;
// The API servers of one machine are few.
constexpr size_t kMaxConnections = 64;

// SocketAuthenticator knows all callers by the socket that they came through.
class SocketAuthenticator final : public core::Authenticator {
 public:
  explicit SocketAuthenticator(const core::RingName& ring)
      : principal_(std::make_shared<const core::Principal>(
            core::Principal{.name = absl::StrCat("kubernetes/", core::FormatRingName(ring)),
                            .tenant = ring.tenant,
                            .scopes = {core::Scope::kSignTokens, core::Scope::kReadSigningKeys}})) {}
  absl::StatusOr<std::shared_ptr<const core::Principal>> Authenticate(const core::CallEvidence&) override { return principal_; }

 private:
  const std::shared_ptr<const core::Principal> principal_;
};

GrpcBackend With(core::Authenticator& authenticator, GrpcBackend backend) {
  backend.authenticator = authenticator;
  return backend;
}

// Adapter binds the service to its work and to the threads that may do it.
class Adapter final : public ServiceAdapter<::v1::ExternalJWTSigner::AsyncService> {
 public:
  using Service = ::v1::ExternalJWTSigner::AsyncService;

  Adapter(const GrpcBackend& parts, const core::ServiceAccountSigner& accounts) : ServiceAdapter(parts) {
    AddSigning(core::RuleOf("v1.ExternalJWTSigner/Sign"), &Service::RequestSign,
               [&accounts](const core::Principal&, hsm::Signer& signer, const auto& request, auto& response) {
                 return rpc::Sign(accounts, signer, request, response);
               });
    AddUnary(core::RuleOf("v1.ExternalJWTSigner/FetchKeys"), &Service::RequestFetchKeys, kFew,
             [this, &accounts](UnaryContext& context, const auto& request, auto& response) {
               dispatcher().RunInline(core::RuleOf("v1.ExternalJWTSigner/FetchKeys"), context, request,
                                      [&](const core::Principal&) { return rpc::FetchKeys(accounts, response); });
             });
    AddUnary(core::RuleOf("v1.ExternalJWTSigner/Metadata"), &Service::RequestMetadata, kFew,
             [this, &accounts](UnaryContext& context, const auto& request, auto& response) {
               dispatcher().RunInline(core::RuleOf("v1.ExternalJWTSigner/Metadata"), context, request,
                                      [&](const core::Principal&) { return rpc::Metadata(accounts, response); });
             });
  }
};

class LoopedExternalSignerServer final : public ExternalSignerServer {
 public:
  LoopedExternalSignerServer(const ExternalSignerServerOptions& options, const GrpcBackend& backend,
                             const core::ServiceAccountSigner& accounts)
      : allowed_uids_(options.allowed_uids),
        logger_(backend.logger),
        authenticator_(options.ring),
        adapter_(With(authenticator_, backend), accounts) {}

  ~LoopedExternalSignerServer() override { Shutdown(absl::InfinitePast()); }

  absl::Status Start(const std::string& socket_path) {
    grpc::ServerBuilder builder;
    grpc::ServerCompletionQueue& queue = loop_.AddQueue(builder);
    builder.RegisterService(&adapter_.service());
    builder.SetMaxReceiveMessageSize(kMaxRequestSize);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreams);
    const Listener listener = {.address = absl::StrCat("unix:", socket_path),
                               .credentials = grpc::InsecureServerCredentials(),
                               .max_connections = kMaxConnections,
                               .admits = [this](int connection) { return Admits(connection); }};
    std::vector<std::string> bound;
    SIGNET_ASSIGN_OR_RETURN(server_, StartServer(builder, Reflection::kOff, {listener}, door_, bound));
    adapter_.Serve(loop_, queue);
    loop_.Start();
    SIGNET_ASSIGN_OR_RETURN(intake_, ConnectionIntake::Create(std::move(door_.sources), logger_));
    return absl::OkStatus();
  }

  void Shutdown(absl::Time deadline) override {
    // Before the server, which would leave open what it is handed afterwards.
    if (intake_) intake_->Close();
    if (server_) server_->Shutdown(NotBeforeNow(deadline));
    loop_.Stop();
  }

 private:
  bool Admits(int connection) {
    const std::optional<uid_t> uid = SocketPeerUid(connection);
    if (uid && allowed_uids_.contains(*uid)) return true;
    logger_.Log(LogLevel::kWarning, "connection to the Kubernetes signer refused: add the user to kubernetes_signer.allowed_uids",
                {{"uid", uid ? int64_t{*uid} : int64_t{-1}}});
    return false;
  }

  const std::set<uid_t> allowed_uids_;
  Logger& logger_;
  SocketAuthenticator authenticator_;
  CallLoop loop_;
  Adapter adapter_;
  // Last, so that they go before what they call.
  std::unique_ptr<grpc::Server> server_;
  Door door_;
  std::unique_ptr<ConnectionIntake> intake_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ExternalSignerServer>> ExternalSignerServer::Create(const ExternalSignerServerOptions& options,
                                                                                   const GrpcBackend& backend,
                                                                                   const core::ServiceAccountSigner& accounts) {
  auto server = std::make_unique<LoopedExternalSignerServer>(options, backend, accounts);
  SIGNET_RETURN_IF_ERROR(server->Start(options.socket_path));
  return server;
}

}  // namespace signet::rpc
