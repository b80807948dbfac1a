#include "clients/cpp/scripted_server.h"

#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"
#include "grpcpp/support/byte_buffer.h"
#include "tests/testing/test_certificate.h"

namespace signet::client {
namespace {

std::string ToString(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) std::abort();  // only an invalid buffer cannot be dumped
  for (const grpc::Slice& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

std::string MetadataOf(const grpc::GenericCallbackServerContext& context, const char* name) {
  const auto entry = context.client_metadata().find(name);
  return entry == context.client_metadata().end() ? "" : std::string(entry->second.data(), entry->second.size());
}

std::string ClientCertificateOf(const grpc::GenericCallbackServerContext& context) {
  const std::vector<grpc::string_ref> pem = context.auth_context()->FindPropertyValues("x509_pem_cert");
  return pem.empty() ? "" : std::string(pem[0].data(), pem[0].size());
}

grpc::Status ToGrpc(const absl::Status& failure) {
  const auto code = static_cast<grpc::StatusCode>(failure.code());
  const std::string message(failure.message());
  const std::optional<ErrorDetail> detail = GetErrorDetail(failure);
  if (!detail) return grpc::Status(code, message);
  google::rpc::Status wire;
  wire.set_code(static_cast<int>(code));
  wire.set_message(message);
  google::rpc::ErrorInfo error_info;
  error_info.set_reason(detail->reason);
  error_info.set_domain("signet");
  error_info.mutable_metadata()->insert(detail->metadata.begin(), detail->metadata.end());
  wire.add_details()->PackFrom(error_info);
  if (detail->retry_delay) {
    google::rpc::RetryInfo retry_info;
    retry_info.mutable_retry_delay()->set_seconds(absl::ToInt64Seconds(*detail->retry_delay));
    wire.add_details()->PackFrom(retry_info);
  }
  return grpc::Status(code, message, wire.SerializeAsString());
}

}  // namespace

// Reactor serves one call: reads the request, takes the answer, writes it. gRPC owns it until OnDone.
class ScriptedServer::Reactor : public grpc::ServerGenericBidiReactor {
 public:
  Reactor(ScriptedServer& server, const grpc::GenericCallbackServerContext& context)
      : server_(server),
        // "/signet.v1.KeyService/GetKey"
        method_(context.method().substr(context.method().rfind('/') + 1)),
        timeout_(absl::FromChrono(context.deadline()) - absl::Now()),
        request_id_(MetadataOf(context, "x-request-id")),
        authorization_(MetadataOf(context, "authorization")),
        client_certificate_(ClientCertificateOf(context)) {
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "no request"));
    answer_ = server_.Take(method_, {ToString(request_), timeout_, request_id_, authorization_, client_certificate_});
    WriteNext();
  }
  void OnWriteDone(bool ok) override {
    // The caller is gone; what is left reaches nobody.
    if (!ok) answer_.replies.clear();
    WriteNext();
  }
  void OnCancel() override {
    {
      MutexLock lock(mutex_);
      cancelled_ = true;
      if (!waits_) return;
      waits_ = false;
    }
    Finish(grpc::Status::CANCELLED);
  }
  void OnDone() override { delete this; }

 private:
  void WriteNext() {
    if (!answer_.replies.empty()) {
      grpc::Slice slice(answer_.replies.front());
      answer_.replies.pop_front();
      reply_ = grpc::ByteBuffer(&slice, 1);
      return StartWrite(&reply_);
    }
    if (answer_.ending) return Finish(*answer_.ending);
    {
      MutexLock lock(mutex_);
      waits_ = !cancelled_;
      if (waits_) return;
    }
    Finish(grpc::Status::CANCELLED);
  }

  ScriptedServer& server_;
  std::string method_;
  absl::Duration timeout_;
  std::string request_id_;
  std::string authorization_;
  std::string client_certificate_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer reply_;
  Answer answer_;
  Mutex mutex_;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  // All is written, and the call stays open: who sets it back, finishes.
  bool waits_ ABSL_GUARDED_BY(mutex_) = false;
};

class ScriptedServer::GenericService : public grpc::CallbackGenericService {
 public:
  explicit GenericService(ScriptedServer& server) : server_(server) {}
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override {
    return new Reactor(server_, *context);
  }

 private:
  ScriptedServer& server_;
};

ScriptedServer::ScriptedServer(Transport transport) : service_(std::make_unique<GenericService>(*this)) {
  grpc::ServerBuilder builder;
  builder.RegisterCallbackGenericService(service_.get());
  int port = 0;
  if (transport == Transport::kTls) {
    const TestCertificate certificate = MakeTestCertificate();
    ca_certificate_ = certificate.certificate_pem;
    grpc::SslServerCredentialsOptions tls(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_BUT_DONT_VERIFY);
    tls.pem_key_cert_pairs.push_back({certificate.private_key_pem, certificate.certificate_pem});
    builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(tls), &port);
  } else {
    // Bazel's folder for a test has a path that is too long for a socket.
    char folder[] = "/dev/shm/signet-test-XXXXXX";
    if (mkdtemp(folder) == nullptr) std::abort();  // no test can run without
    folder_ = folder;
    address_ = absl::StrCat("unix:", folder_, "/grpc.sock");
    builder.AddListeningPort(address_, grpc::InsecureServerCredentials());
  }
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) std::abort();  // no test can run without
  if (transport == Transport::kTls) address_ = absl::StrCat("127.0.0.1:", port);
}

ScriptedServer::~ScriptedServer() {
  // Ends what is still open, too.
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
  if (!folder_.empty()) std::filesystem::remove_all(folder_);
}

void ScriptedServer::Reply(absl::string_view method, const google::protobuf::Message& reply) {
  AddAnswer(method, {reply.SerializeAsString()}, absl::OkStatus());
}

void ScriptedServer::Fail(absl::string_view method, const absl::Status& failure) { AddAnswer(method, {}, failure); }

void ScriptedServer::AddAnswer(absl::string_view method, std::vector<std::string> replies,
                               const std::optional<absl::Status>& ending) {
  Answer answer{{replies.begin(), replies.end()}, std::nullopt};
  if (ending) answer.ending = ending->ok() ? grpc::Status::OK : ToGrpc(*ending);
  MutexLock lock(mutex_);
  answers_[std::string(method)].push_back(std::move(answer));
}

absl::Duration ScriptedServer::LastTimeout(absl::string_view method) const {
  const std::vector<Call> calls = CallsOf(method);
  return calls.empty() ? absl::ZeroDuration() : calls.back().timeout;
}

std::string ScriptedServer::LastRequestId(absl::string_view method) const {
  const std::vector<Call> calls = CallsOf(method);
  return calls.empty() ? "" : calls.back().request_id;
}

std::vector<std::string> ScriptedServer::Authorizations(absl::string_view method) const {
  std::vector<std::string> authorizations;
  for (const Call& call : CallsOf(method)) authorizations.push_back(call.authorization);
  return authorizations;
}

std::string ScriptedServer::LastClientCertificate(absl::string_view method) const {
  const std::vector<Call> calls = CallsOf(method);
  return calls.empty() ? "" : calls.back().client_certificate;
}

std::vector<ScriptedServer::Call> ScriptedServer::CallsOf(absl::string_view method) const {
  MutexLock lock(mutex_);
  const auto found = calls_.find(std::string(method));
  return found == calls_.end() ? std::vector<Call>() : found->second;
}

ScriptedServer::Answer ScriptedServer::Take(const std::string& method, Call call) {
  MutexLock lock(mutex_);
  calls_[method].push_back(std::move(call));
  std::deque<Answer>& answers = answers_[method];
  if (answers.empty()) return {{}, grpc::Status(grpc::StatusCode::UNIMPLEMENTED, absl::StrCat("no answer scripted for ", method))};
  Answer answer = std::move(answers.front());
  answers.pop_front();
  return answer;
}

}  // namespace signet::client
