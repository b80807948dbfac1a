#ifndef SIGNET_TESTS_BENCH_LOAD_H_
#define SIGNET_TESTS_BENCH_LOAD_H_

#include <grpcpp/grpcpp.h>

#include <memory>

#include "signet/v1/key_service.grpc.pb.h"

namespace signet::bench {

// Sends `count` SignToken calls, `in_flight` of them at a time, and waits for the last. Returns how many failed.
int SendSignTokens(v1::KeyService::Stub& stub, const v1::SignTokenRequest& request, int count, int in_flight);

}  // namespace signet::bench

#endif  // SIGNET_TESTS_BENCH_LOAD_H_
