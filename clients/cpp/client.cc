#include "clients/cpp/client.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error_reason.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"

namespace signet::client {
namespace {

constexpr size_t kMaxRequestIdSize = 128;

// A stream has no deadline, so that only this finds out that the other side is gone without a word. Servers refuse to be asked
// more often than every 5 minutes (GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS).
constexpr absl::Duration kKeepaliveInterval = absl::Minutes(6);
// By default gRPC connects again after up to 2 minutes, and until then fails every call with the old failure.
constexpr absl::Duration kLongestReconnectPause = absl::Seconds(1);

bool IsTokenRefusal(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnauthenticated && GetReason(status) == reason::kBearerTokenInvalid;
}

int Milliseconds(absl::Duration duration) { return static_cast<int>(absl::ToInt64Milliseconds(duration)); }

}  // namespace

absl::StatusOr<std::unique_ptr<Client>> Client::Create(const ClientOptions& options, Random& random) {
  if (options.grpc_address.empty()) return absl::InvalidArgumentError("the server's address is empty");
  std::shared_ptr<grpc::ChannelCredentials> credentials;
  if (absl::StartsWith(options.grpc_address, "unix:")) {
    credentials = grpc::InsecureChannelCredentials();
  } else {
    grpc::SslCredentialsOptions tls;
    tls.pem_root_certs = options.ca_certificate;
    tls.pem_cert_chain = options.client_certificate;
    tls.pem_private_key = std::string(options.client_key.Expose());
    credentials = grpc::SslCredentials(tls);
  }
  grpc::ChannelArguments arguments;
  // Servers listen on loopback and Unix addresses, which no proxy named in the environment can reach.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(kKeepaliveInterval));
  // Otherwise gRPC stops to ask after the second time that nothing was sent in between.
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, Milliseconds(kLongestReconnectPause));
  return std::unique_ptr<Client>(
      new Client(grpc::CreateCustomChannel(options.grpc_address, credentials, arguments), options, random));
}

void Client::SendRequestId(grpc::ClientContext& context, const std::string& request_id) {
  // The server refuses others as the request_id of a change; as metadata, gRPC would abort the process.
  const bool printable = std::all_of(request_id.begin(), request_id.end(), [](char c) { return absl::ascii_isprint(c); });
  if (printable && request_id.size() <= kMaxRequestIdSize) context.AddMetadata("x-request-id", request_id);
}

absl::Status Client::WithToken(absl::FunctionRef<absl::Status(grpc::ClientContext&)> call) {
  for (bool is_first = true;; is_first = false) {
    grpc::ClientContext context;
    SIGNET_ASSIGN_OR_RETURN(const Secret token, SendToken(context));
    absl::Status status = call(context);
    if (token_source_ == nullptr || !IsTokenRefusal(status)) return status;
    token_source_->Discard(token);
    if (!is_first) return status;
  }
}

absl::StatusOr<Secret> Client::SendToken(grpc::ClientContext& context) {
  if (token_source_ == nullptr) return Secret();
  SIGNET_ASSIGN_OR_RETURN(Secret token, token_source_->Token());
  // As metadata: call credentials of gRPC refuse a Unix socket.
  context.AddMetadata("authorization", absl::StrCat("Bearer ", token.Expose()));
  return token;
}

std::function<void(const absl::Status&)> Client::RefusalOf(const Secret& token) {
  if (token_source_ == nullptr) return nullptr;
  return [source = token_source_, token](const absl::Status& end) {
    if (IsTokenRefusal(end)) source->Discard(token);
  };
}

Client::Client(const std::shared_ptr<grpc::Channel>& channel, const ClientOptions& options, Random& random)
    : call_timeout_(options.call_timeout),
      token_source_(options.token_source),
      random_(random),
      keys_(v1::KeyService::NewStub(channel)),
      tenants_(v1::TenantService::NewStub(channel)),
      audit_(v1::AuditService::NewStub(channel)),
      credentials_(v1::CredentialService::NewStub(channel)) {}

}  // namespace signet::client
