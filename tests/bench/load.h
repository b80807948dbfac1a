#ifndef SIGNET_TESTS_BENCH_LOAD_H_
#define SIGNET_TESTS_BENCH_LOAD_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace signet::bench {

// Begins one call; it calls `ended` once, with how it went, on any thread.
using StartCall = std::function<void(std::function<void(const grpc::Status&)> ended)>;

// Makes a StartCall of a unary method of a stub's async interface. All is borrowed.
template <typename Request, typename Response, typename AsyncStub>
StartCall UnaryCall(AsyncStub& stub,
                    void (AsyncStub::*method)(grpc::ClientContext*, const Request*, Response*, std::function<void(grpc::Status)>),
                    const Request& request) {
  return [&stub, method, &request](std::function<void(const grpc::Status&)> ended) {
    struct Call {
      grpc::ClientContext context;
      Response response;
    };
    auto* call = new Call;
    (stub.*method)(&call->context, &request, &call->response, [call, ended = std::move(ended)](const grpc::Status& status) {
      delete call;
      ended(status);
    });
  };
}

// Makes `count` calls, `in_flight` of them at a time, and waits for the last. Returns how many failed.
int RunAtOnce(const StartCall& start, int count, int in_flight);

// PacedRun is what came of calls that began at fixed times.
struct PacedRun {
  // From the time when a call was to begin, so that a server that stalls cannot hide it. Sorted.
  std::vector<absl::Duration> latencies;
  int failed = 0;
};

// Begins `per_second` calls a second for `length`, evenly, whether or not those before have ended, and waits for the last.
PacedRun RunPaced(const StartCall& start, double per_second, absl::Duration length);

}  // namespace signet::bench

#endif  // SIGNET_TESTS_BENCH_LOAD_H_
