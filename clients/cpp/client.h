#ifndef SIGNET_CLIENTS_CPP_CLIENT_H_
#define SIGNET_CLIENTS_CPP_CLIENT_H_

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "base/random.h"
#include "base/secret.h"
#include "clients/cpp/status.h"
#include "clients/cpp/stream.h"
#include "clients/cpp/token_source.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/sync_stream.h"
#include "signet/v1/audit_service.grpc.pb.h"
#include "signet/v1/credential_service.grpc.pb.h"
#include "signet/v1/key_service.grpc.pb.h"
#include "signet/v1/tenant_service.grpc.pb.h"

namespace signet::client {

// Where a server is, how to trust it, and as whom to call it.
struct ClientOptions {
  // "HOST:PORT", reached with TLS, or "unix:/absolute/path", reached without.
  std::string grpc_address;
  // The certificates, as PEM, that the server's must descend from. Empty means those that the system trusts.
  std::string ca_certificate;
  // How long a call may take, connecting included.
  absl::Duration call_timeout = absl::Seconds(60);
  // Where the bearer tokens come from that every call carries; nullptr for none. Borrowed: must outlive the client and its streams.
  TokenSource* token_source = nullptr;
  // The client's certificate, with its chain, and its private key, as PEM; both may be empty. Not for a Unix socket.
  std::string client_certificate = "";
  Secret client_key = {};
};

// Client calls a Signet server. Thread-safe; one serves any number of calls at once.
//
//   SIGNET_ASSIGN_OR_RETURN(v1::SigningKey key, client.Call(&v1::KeyService::Stub::CreateKey, request));
//
// Errors are those of the RPC, with the detail and the request id that FromGrpc describes, and
//   kUnavailable       the server cannot be reached; safe to retry
//   kDeadlineExceeded  `call_timeout` passed; the outcome of a change is unknown: repeat it with the same request_id,
//                      which RequestIdOf has
//   those of TokenSource::Token
class Client {
 public:
  // Connects lazily: the first call shows whether the server can be reached. `random` is borrowed.
  //   kInvalidArgument  the address is empty
  static absl::StatusOr<std::unique_ptr<Client>> Create(const ClientOptions& options, Random& random);

  template <typename Stub, typename Request, typename Reply>
  using Method = grpc::Status (Stub::*)(grpc::ClientContext*, const Request&, Reply*);
  template <typename Stub, typename Request, typename Reply>
  using StreamingMethod = std::unique_ptr<grpc::ClientReader<Reply>> (Stub::*)(grpc::ClientContext*, const Request&);

  // Whether a request asks for a change. A read can have a request_id too, as a filter, but nothing to validate only.
  template <typename Request>
  static constexpr bool kIsChange = requires(Request request) {
    request.set_request_id("");
    request.set_validate_only(true);
  };

  // Calls `method`, such as &v1::KeyService::Stub::GetKey, once: nothing is retried, but that a call whose bearer token the server
  // refused (BEARER_TOKEN_INVALID), before it did anything, is repeated with a new one.
  //
  // `request_id` names the call in the server's log, and is the request_id of a change that has none yet; without one, a random one
  // is made. To be able to repeat a change of unknown outcome, choose it yourself.
  template <typename Stub, typename Request, typename Reply>
  absl::StatusOr<Reply> Call(Method<Stub, Request, Reply> method, std::type_identity_t<Request> request,
                             std::string request_id = "") {
    if (request_id.empty()) request_id = NewRequestId();
    if constexpr (kIsChange<Request>) {
      if (request.request_id().empty()) request.set_request_id(request_id);
      request_id = request.request_id();
    }
    Reply reply;
    SIGNET_RETURN_IF_ERROR(WithToken([&](grpc::ClientContext& context) {
      context.set_deadline(absl::ToChronoTime(absl::Now() + call_timeout_));
      SendRequestId(context, request_id);
      absl::Status status = FromGrpc((StubOf<Stub>().*method)(&context, request, &reply));
      // A server that did not answer in time can have done it: its log knows.
      return absl::IsDeadlineExceeded(status) ? WithRequestId(std::move(status), request_id) : status;
    }));
    return reply;
  }

  // Calls `method`, a list, until its last page. The pages come back as one reply, whose next_page_token is empty.
  //   kInternal  the server returned the page token that it was sent
  template <typename Stub, typename Request, typename Reply>
  absl::StatusOr<Reply> ListAll(Method<Stub, Request, Reply> method, std::type_identity_t<Request> request,
                                const std::string& request_id = "") {
    Reply all;
    request.set_page_size(kPageSize);
    do {
      SIGNET_ASSIGN_OR_RETURN(Reply page, Call(method, request, request_id));
      if (!page.next_page_token().empty() && page.next_page_token() == request.page_token()) {
        return Defect("the server repeats a page token");
      }
      request.set_page_token(page.next_page_token());
      page.clear_next_page_token();
      all.MergeFrom(page);
    } while (!request.page_token().empty());
    return all;
  }

  // Calls `method`, such as &v1::KeyService::Stub::WatchKeys, whose replies the caller reads from the stream that is returned; see
  // there who owns what. Waits for a token at most: whatever fails, the stream says. A stream whose token the server refused
  // (BEARER_TOKEN_INVALID) is worth to be opened once more, as another token is then fetched. `request_id` is as in Call.
  template <typename Stub, typename Request, typename Reply>
  std::unique_ptr<Stream<Reply>> Open(StreamingMethod<Stub, Request, Reply> method, const std::type_identity_t<Request>& request,
                                      const std::string& request_id = "") {
    auto context = std::make_unique<grpc::ClientContext>();
    SendRequestId(*context, request_id.empty() ? NewRequestId() : request_id);
    const absl::StatusOr<Secret> token = SendToken(*context);
    if (!token.ok()) return std::make_unique<Stream<Reply>>(token.status());
    auto reader = (StubOf<Stub>().*method)(context.get(), request);
    return std::make_unique<Stream<Reply>>(std::move(context), std::move(reader), RefusalOf(*token));
  }

  // Returns a request_id that was never used.
  std::string NewRequestId() { return NewUuid(random_); }

 private:
  // A page of the largest resources, some 5 KiB each, then stays well below gRPC's limit of 4 MiB.
  static constexpr int kPageSize = 200;

  Client(const std::shared_ptr<grpc::Channel>& channel, const ClientOptions& options, Random& random);

  // Calls `call` with a token, and once more with another if the server refused the first.
  absl::Status WithToken(absl::FunctionRef<absl::Status(grpc::ClientContext&)> call);
  // Adds a token to a call, and returns it; an empty one if there is no source of them.
  absl::StatusOr<Secret> SendToken(grpc::ClientContext& context);
  // What a stream does about its end: it forgets `token` if that was refused.
  std::function<void(const absl::Status&)> RefusalOf(const Secret& token);

  static void SendRequestId(grpc::ClientContext& context, const std::string& request_id);

  template <typename Stub>
  Stub& StubOf() {
    if constexpr (std::is_same_v<Stub, v1::KeyService::Stub>) {
      return *keys_;
    } else if constexpr (std::is_same_v<Stub, v1::AuditService::Stub>) {
      return *audit_;
    } else if constexpr (std::is_same_v<Stub, v1::CredentialService::Stub>) {
      return *credentials_;
    } else {
      static_assert(std::is_same_v<Stub, v1::TenantService::Stub>);
      return *tenants_;
    }
  }

  absl::Duration call_timeout_;
  TokenSource* token_source_;
  Random& random_;
  std::unique_ptr<v1::KeyService::Stub> keys_;
  std::unique_ptr<v1::TenantService::Stub> tenants_;
  std::unique_ptr<v1::AuditService::Stub> audit_;
  std::unique_ptr<v1::CredentialService::Stub> credentials_;
};

}  // namespace signet::client

#endif  // SIGNET_CLIENTS_CPP_CLIENT_H_
