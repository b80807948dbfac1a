#ifndef SIGNET_CLIENTS_CPP_SCRIPTED_SERVER_H_
#define SIGNET_CLIENTS_CPP_SCRIPTED_SERVER_H_

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "google/protobuf/message.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/server.h"

namespace signet::client {

// ScriptedServer is a gRPC server that answers as a test told it to, and remembers what it was asked. Thread-safe.
//
// Methods are named without their service: "CreateKey". A call that no answer was scripted for gets UNIMPLEMENTED.
class ScriptedServer {
 public:
  enum class Transport { kUnixSocket, kTls };

  // Serves on a socket in a temporary folder, or on a free loopback port with a certificate of its own. There it asks for a client
  // certificate, and takes any or none.
  explicit ScriptedServer(Transport transport = Transport::kUnixSocket);
  ~ScriptedServer();

  // Where it listens, as ClientOptions wants it, and for kTls the certificate to trust, as PEM.
  const std::string& address() const { return address_; }
  const std::string& ca_certificate() const { return ca_certificate_; }

  // Scripts the answer to the next call of `method` that has none yet. A failure carries its ErrorDetail, if it has one, as
  // google.rpc.ErrorInfo and RetryInfo.
  void Reply(absl::string_view method, const google::protobuf::Message& reply);
  void Fail(absl::string_view method, const absl::Status& failure);
  // Scripts a stream: `replies`, and then `ending`; nullopt leaves it open until the caller cancels it.
  template <typename Message>
  void Stream(absl::string_view method, const std::vector<Message>& replies, const std::optional<absl::Status>& ending) {
    std::vector<std::string> bytes;
    for (const Message& reply : replies) bytes.push_back(reply.SerializeAsString());
    AddAnswer(method, std::move(bytes), ending);
  }

  // The calls of `method` so far, parsed as requests of type `Request`.
  template <typename Request>
  std::vector<Request> Received(absl::string_view method) const {
    std::vector<Request> requests;
    for (const Call& call : CallsOf(method)) requests.emplace_back().ParseFromString(call.request);
    return requests;
  }
  // How long the last call of `method` was given, when it arrived.
  absl::Duration LastTimeout(absl::string_view method) const;
  // The x-request-id of the last call of `method`, "" if it had none.
  std::string LastRequestId(absl::string_view method) const;
  // The `authorization` of each call of `method`, "" for one without.
  std::vector<std::string> Authorizations(absl::string_view method) const;
  // The client certificate, as PEM, of the last call of `method`, "" if it had none.
  std::string LastClientCertificate(absl::string_view method) const;

 private:
  class GenericService;
  class Reactor;
  struct Answer {
    std::deque<std::string> replies;
    // nullopt: the call stays open until it is cancelled.
    std::optional<grpc::Status> ending;
  };
  struct Call {
    std::string request;
    absl::Duration timeout;
    std::string request_id;
    std::string authorization;
    std::string client_certificate;
  };

  void AddAnswer(absl::string_view method, std::vector<std::string> replies, const std::optional<absl::Status>& ending);
  std::vector<Call> CallsOf(absl::string_view method) const;
  Answer Take(const std::string& method, Call call);

  std::string address_;
  std::string ca_certificate_;
  std::string folder_;
  mutable Mutex mutex_;
  std::map<std::string, std::deque<Answer>> answers_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::vector<Call>> calls_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<GenericService> service_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace signet::client

#endif  // SIGNET_CLIENTS_CPP_SCRIPTED_SERVER_H_
