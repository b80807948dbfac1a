#ifndef SIGNET_SERVER_RPC_SERVICE_ADAPTER_H_
#define SIGNET_SERVER_RPC_SERVICE_ADAPTER_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <utility>

#include "server/core/access.h"
#include "server/core/principal.h"
#include "server/rpc/call_dispatcher.h"
#include "server/rpc/call_loop.h"
#include "server/rpc/grpc_backend.h"
#include "server/rpc/raw_service.h"
#include "server/rpc/rpc_method.h"
#include "server/rpc/unary_rpc.h"

namespace signet::rpc {

// ServiceAdapter is a service, a generated AsyncService, whose methods a class that is derived from it binds to their work. It must
// live until the loop that serves it has stopped.
template <typename Service>
class ServiceAdapter {
 public:
  explicit ServiceAdapter(const GrpcBackend& backend) : backend_(backend), dispatcher_(backend) {}
  ServiceAdapter(const ServiceAdapter&) = delete;
  ServiceAdapter& operator=(const ServiceAdapter&) = delete;

  grpc::Service& service() { return service_; }
  // To be called when its server has started. `queue` is one of `loop`.
  void Serve(CallLoop& loop, grpc::ServerCompletionQueue& queue) const {
    for (const std::unique_ptr<RpcMethod>& method : methods_) method->Serve(loop, queue);
  }

 protected:
  // The function that a generated service has for a unary method, which tells its types; Base is where it is declared.
  template <typename Base, typename Request, typename Response>
  using Generated = void (Base::*)(grpc::ServerContext*, Request*, grpc::ServerAsyncResponseWriter<Response>*,
                                   grpc::CompletionQueue*, grpc::ServerCompletionQueue*, void* tag);

  // How many calls of a method are waited for: gRPC need not look for one again after each.
  enum Awaited { kFew = 1, kMany = 64 };
  // Adds a unary method; `handle` is as UnaryMethod has it.
  template <typename Base, typename Request, typename Response>
  void AddUnary(const core::AccessRule& rule, Generated<Base, Request, Response>, Awaited awaited,
                typename UnaryMethod<Request, Response>::Handle handle) {
    Add(std::make_unique<UnaryMethod<Request, Response>>(service_.AskUnary(rule.method), std::move(handle), awaited));
  }
  // Adds one whose work runs on the admin executor: absl::Status(const core::Principal& caller, const Request&, Response&).
  template <typename Base, typename Request, typename Response, typename Work>
  void AddAdmin(const core::AccessRule& rule, Generated<Base, Request, Response> generated, Work work) {
    AddUnary(rule, generated, kFew, [this, &rule, work](UnaryContext& context, const Request& request, Response& response) {
      dispatcher_.RunAdmin(rule, context, request,
                           [work, &request, &response](const core::Principal& caller) { return work(caller, request, response); });
    });
  }
  // Adds one whose work runs on the signing executor, and is as SigningJob has it.
  template <typename Base, typename Request, typename Response, typename Work>
  void AddSigning(const core::AccessRule& rule, Generated<Base, Request, Response> generated, Work work) {
    AddUnary(rule, generated, kMany, [this, &rule, work](UnaryContext& context, const Request& request, Response& response) {
      dispatcher_.RunSigning(rule, context, request, response, work);
    });
  }
  void Add(std::unique_ptr<RpcMethod> method) { methods_.push_back(std::move(method)); }

  RawService<Service>& raw() { return service_; }
  const GrpcBackend& backend() const { return backend_; }
  const CallDispatcher& dispatcher() const { return dispatcher_; }

 private:
  const GrpcBackend backend_;
  const CallDispatcher dispatcher_;
  RawService<Service> service_;
  RpcMethods methods_;
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_SERVICE_ADAPTER_H_
