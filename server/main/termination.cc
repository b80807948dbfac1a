#include "server/main/termination.h"

#include <pthread.h>
#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <future>
#include <system_error>

namespace signet::server {
namespace {

using std::chrono::steady_clock;

// Signals this close together are one request.
constexpr absl::Duration kSameRequest = absl::Milliseconds(300);
// How long the last line of the log may take.
constexpr std::chrono::milliseconds kLogPatience{500};

sigset_t TerminationSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

void Termination::BlockSignals() {
  const sigset_t signals = TerminationSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

Termination::Termination(absl::Duration patience, Logger& logger)
    : patience_(patience), logger_(logger), thread_([this] { Watch(); }) {}

Termination::~Termination() {
  {
    MutexLock lock(mutex_);
    over_ = true;
  }
  pthread_kill(thread_.native_handle(), SIGINT);  // Wakes it up: the signal is blocked.
  thread_.join();
}

void Termination::Wait() {
  MutexLock lock(mutex_);
  while (!asked_) asked_changed_.Wait(mutex_);
}

void Termination::Watch() {
  const sigset_t signals = TerminationSignals();
  int signal = 0;
  sigwait(&signals, &signal);
  {
    MutexLock lock(mutex_);
    if (over_) return;
    asked_ = true;
    asked_changed_.NotifyAll();
  }

  const auto first = steady_clock::now();
  bool again = false;
  while (!again) {
    const absl::Duration left = patience_ - absl::FromChrono(steady_clock::now() - first);
    if (left <= absl::ZeroDuration()) break;
    const timespec timeout = absl::ToTimespec(left);
    const bool signalled = sigtimedwait(&signals, nullptr, &timeout) > 0;
    MutexLock lock(mutex_);
    if (over_) return;
    again = signalled && absl::FromChrono(steady_clock::now() - first) >= kSameRequest;
  }
  EndAtOnce(again ? "asked for a second time" : "the orderly end took too long");
}

void Termination::EndAtOnce(const char* reason) {
  // On another thread: where nobody reads standard error, the logger waits for whoever hangs in a write.
  std::promise<void> logged;
  try {
    std::thread([&] {
      logger_.Log(LogLevel::kError, "ended at once", {{"reason", reason}});
      logged.set_value();
    }).detach();
    logged.get_future().wait_for(kLogPatience);
  } catch (const std::system_error&) {
    // The system has no thread left.
  }
  std::_Exit(1);
}

}  // namespace signet::server
