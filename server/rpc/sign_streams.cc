#include "server/rpc/sign_streams.h"

#include <cstddef>
#include <utility>

#include "base/error.h"
#include "base/error_reason.h"
#include "server/core/shutting_down.h"

namespace signet::rpc {
SignStreams::SignStreams(const Options& options) : options_(options), thread_([this] { Run(); }) {}

SignStreams::~SignStreams() {
  Shutdown();
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  bell_.NotifyAll();
  thread_.join();
}

absl::Status SignStreams::Add(std::shared_ptr<SignStream> stream) {
  MutexLock lock(mutex_);
  if (shut_down_) return core::ShuttingDown();
  if (streams_.size() >= static_cast<size_t>(options_.max_streams)) {
    return Error(absl::StatusCode::kResourceExhausted, reason::kStreamLimit,
                 "there are as many streams of signatures as the server takes: retry later");
  }
  streams_.insert(std::move(stream));
  return absl::OkStatus();
}

void SignStreams::Remove(const std::shared_ptr<SignStream>& stream) {
  MutexLock lock(mutex_);
  streams_.erase(stream);
}

void SignStreams::Shutdown() {
  std::vector<std::shared_ptr<SignStream>> streams;
  {
    MutexLock lock(mutex_);
    shut_down_ = true;
    streams = Streams();
  }
  for (const auto& stream : streams) stream->End(core::ShuttingDown());
}

std::vector<std::shared_ptr<SignStream>> SignStreams::Streams() { return {streams_.begin(), streams_.end()}; }

void SignStreams::Run() {
  while (true) {
    std::vector<std::shared_ptr<SignStream>> streams;
    {
      MutexLock lock(mutex_);
      if (!stopping_) bell_.WaitFor(mutex_, options_.check_interval);
      if (stopping_) return;
      streams = Streams();
    }
    for (const auto& stream : streams) stream->Check();
  }
}

}  // namespace signet::rpc
