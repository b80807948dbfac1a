#ifndef SIGNET_SERVER_RPC_RAW_SERVICE_H_
#define SIGNET_SERVER_RPC_RAW_SERVICE_H_

#include <google/protobuf/descriptor.h>
#include <grpcpp/grpcpp.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "base/error.h"

namespace signet::rpc {

// The index that gRPC has for a method, such as "signet.v1.KeyService/Sign", which must exist.
inline int MethodIndex(absl::string_view method) {
  return google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(absl::StrReplaceAll(method, {{"/", "."}}))->index();
}

// RawService is a generated AsyncService that hands out messages as they came: gRPC would answer INTERNAL where one cannot be
// parsed.
template <typename Service>
class RawService final : public Service {
 public:
  // Return what asks gRPC for a call of a method, such as "signet.v1.KeyService/Sign", as UnaryMethod and StreamMethod have it.
  auto AskUnary(absl::string_view method) {
    return [this, index = MethodIndex(method)](auto* context, auto* request, auto* call, auto* queue, void* tag) {
      this->RequestAsyncUnary(index, context, request, call, queue, queue, tag);
    };
  }
  auto AskServerStreaming(absl::string_view method) {
    return [this, index = MethodIndex(method)](auto* context, auto* request, auto* call, auto* queue, void* tag) {
      this->RequestAsyncServerStreaming(index, context, request, call, queue, queue, tag);
    };
  }
  auto AskBidiStreaming(absl::string_view method) {
    return [this, index = MethodIndex(method)](auto* context, auto*, auto* call, auto* queue, void* tag) {
      this->RequestAsyncBidiStreaming(index, context, call, queue, queue, tag);
    };
  }
};

// Parses what was received, and clears it.
//   kInvalidArgument  INVALID_FIELD: the bytes are no such message
template <typename Message>
absl::Status Parse(grpc::ByteBuffer& bytes, Message& message) {
  if (grpc::SerializationTraits<Message>::Deserialize(&bytes, &message).ok()) return absl::OkStatus();
  return InvalidField("request", absl::StrCat("is no message of the type ", Message::descriptor()->full_name()));
}

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_RAW_SERVICE_H_
