#include "server/rpc/sign_streams.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "server/core/shutting_down.h"

namespace signet::rpc {
namespace {

absl::Status NoPlace(core::FairPlaces::Answer answer, const core::FairPlaces& places) {
  const bool is_full = answer == core::FairPlaces::Answer::kFull;
  return Error(absl::StatusCode::kResourceExhausted, reason::kStreamLimit,
               absl::StrCat(is_full ? "the server" : "the tenant", " has ", is_full ? places.limit() : places.share(),
                            " streams of signatures, as many as it may: retry later, or at another replica"));
}

}  // namespace

SignStreams::SignStreams(const Options& options) : options_(options), places_(options.max_streams), thread_([this] { Run(); }) {}

SignStreams::~SignStreams() {
  Shutdown();
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  bell_.NotifyAll();
  thread_.join();
}

absl::Status SignStreams::Add(std::shared_ptr<SignStream> stream, const std::string& owner) {
  MutexLock lock(mutex_);
  if (shut_down_) return core::ShuttingDown();
  const core::FairPlaces::Answer answer = places_.Take(owner);
  if (answer != core::FairPlaces::Answer::kTaken) return NoPlace(answer, places_);
  streams_.emplace(std::move(stream), owner);
  return absl::OkStatus();
}

void SignStreams::Remove(const std::shared_ptr<SignStream>& stream) {
  MutexLock lock(mutex_);
  const auto place = streams_.find(stream);
  if (place == streams_.end()) return;
  places_.Leave(place->second);
  streams_.erase(place);
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

std::vector<std::shared_ptr<SignStream>> SignStreams::Streams() {
  std::vector<std::shared_ptr<SignStream>> streams;
  streams.reserve(streams_.size());
  for (const auto& [stream, owner] : streams_) streams.push_back(stream);
  return streams;
}

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
