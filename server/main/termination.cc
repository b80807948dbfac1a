#include "server/main/termination.h"

#include <pthread.h>
#include <signal.h>

#include <cerrno>
#include <cstdlib>

namespace signet::server {
namespace {

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
  pthread_kill(thread_.native_handle(), SIGTERM);  // Wakes it up.
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

  const timespec patience = absl::ToTimespec(patience_);
  int result = 0;
  do {
    result = sigtimedwait(&signals, nullptr, &patience);
  } while (result < 0 && errno == EINTR);
  {
    MutexLock lock(mutex_);
    if (over_) return;
  }
  logger_.Log(LogLevel::kError, "ended at once",
              {{"reason", result < 0 ? "the orderly end took too long" : "asked for a second time"}});
  std::_Exit(1);
}

}  // namespace signet::server
