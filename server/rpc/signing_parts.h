#ifndef SIGNET_SERVER_RPC_SIGNING_PARTS_H_
#define SIGNET_SERVER_RPC_SIGNING_PARTS_H_

#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "server/core/executor.h"

namespace signet::rpc {

// The most items of a batch, and of a message of a stream.
inline constexpr int kMaxBatchSize = 256;

// How many of `items` one task of the signing executor takes: what is handed over at once costs little each, but a token that is
// slow is to be asked by all `workers`, and other tenants wait for the end of a task.
int PartSize(int items, size_t workers);

// Where the parts of a call go, and whose they are, by QueueOwner.
struct PartQueue {
  core::Executor& executor;
  size_t workers;
  std::string owner;
};

// Cuts `items` into parts, and hands each to the executor as a task that calls a copy of `sign(begin, end, worker)`. For those that
// it does not take, `refuse(begin, end, status)` is called before this returns.
//   as core::Executor::Submit, if it took none; then nothing was refused, either
template <typename Sign, typename Refuse>
absl::Status SubmitParts(const PartQueue& queue, int items, const Sign& sign, const Refuse& refuse) {
  const int size = PartSize(items, queue.workers);
  for (int begin = 0; begin < items; begin += size) {
    const int end = std::min(begin + size, items);
    const absl::Status submitted = queue.executor.Submit([sign, begin, end](int worker) { sign(begin, end, worker); }, queue.owner);
    if (submitted.ok()) continue;
    if (begin == 0) return submitted;
    refuse(begin, end, submitted);
  }
  return absl::OkStatus();
}

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_SIGNING_PARTS_H_
