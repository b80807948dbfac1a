#include "tests/integration/rpc_client.h"

#include <grpcpp/generic/generic_stub.h>

#include <future>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/status.pb.h"

namespace signet::testing {
namespace {

template <typename Detail>
Detail Find(const grpc::Status& status) {
  google::rpc::Status details;
  Detail result;
  if (!details.ParseFromString(status.error_details())) return result;
  for (const auto& detail : details.details()) {
    if (detail.UnpackTo(&result)) break;
  }
  return result;
}

}  // namespace

google::rpc::ErrorInfo ErrorInfoOf(const grpc::Status& status) { return Find<google::rpc::ErrorInfo>(status); }

google::rpc::RetryInfo RetryInfoOf(const grpc::Status& status) { return Find<google::rpc::RetryInfo>(status); }

google::rpc::RequestInfo RequestInfoOf(const grpc::Status& status) { return Find<google::rpc::RequestInfo>(status); }

std::string OutcomeOf(const grpc::Status& status) {
  const std::string code = absl::StatusCodeToString(static_cast<absl::StatusCode>(status.error_code()));
  if (status.ok()) return code;
  const google::rpc::ErrorInfo info = ErrorInfoOf(status);
  if (info.reason().empty()) return code;
  return absl::StrCat(code, " ", info.domain() == "signet" ? info.reason() : "BAD_DOMAIN");
}

RawReply CallRaw(const std::shared_ptr<grpc::Channel>& channel, const std::string& method, const std::string& request,
                 const CallOptions& options) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + options.timeout);
  for (const auto& [key, value] : options.metadata) context.AddMetadata(key, value);
  const grpc::Slice slice(request);
  const grpc::ByteBuffer sent(&slice, 1);
  grpc::ByteBuffer received;
  std::promise<grpc::Status> done;
  stub.UnaryCall(&context, method, {}, &sent, &received, [&done](grpc::Status status) { done.set_value(std::move(status)); });
  RawReply reply;
  reply.status = done.get_future().get();
  grpc::Slice response;
  if (reply.status.ok() && received.DumpToSingleSlice(&response).ok()) {
    reply.response.assign(reinterpret_cast<const char*>(response.begin()), response.size());
  }
  return reply;
}

}  // namespace signet::testing
