#ifndef SIGNET_SERVER_RPC_SIGNING_PARTS_H_
#define SIGNET_SERVER_RPC_SIGNING_PARTS_H_

#include <algorithm>
#include <string>

#include "absl/status/status.h"
#include "server/core/executor.h"

namespace signet::rpc {

// The most items of a batch, and of a message of a stream.
inline constexpr int kMaxBatchSize = 256;

// How many of `items` one task of the signing executor takes: what is handed over at once costs little each, but a token that is
// slow is to be asked by as many workers as there are, and other tenants wait for the end of a task. `concurrency` is how many
// tasks run at once.
int PartSize(int items, int concurrency);

// Where the parts of a call go, and whose they are, by QueueOwner.
struct PartQueue {
  core::Executor& executor;
  std::string owner;
};

// Cuts `items` into parts, and hands the executor what `make(begin, end)` returns for each: a job, or a function of the worker. For
// those that it does not take, `refuse(begin, end, status)` is called before this returns.
//   as core::Executor::Submit, if it took none; then nothing was refused, either
template <typename Make, typename Refuse>
absl::Status SubmitParts(const PartQueue& queue, int items, const Make& make, const Refuse& refuse) {
  const int size = PartSize(items, queue.executor.concurrency());
  for (int begin = 0; begin < items; begin += size) {
    const int end = std::min(begin + size, items);
    const absl::Status submitted = queue.executor.Submit(make(begin, end), queue.owner);
    if (submitted.ok()) continue;
    if (begin == 0) return submitted;
    refuse(begin, end, submitted);
  }
  return absl::OkStatus();
}

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_SIGNING_PARTS_H_
