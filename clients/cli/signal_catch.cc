#include "clients/cli/signal_catch.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/time/clock.h"

namespace signet::cli {
namespace {

volatile sig_atomic_t caught_signal = 0;
// A pipe that is readable once a signal came: one that comes just before the input is waited for, or to another thread, ends the
// waiting as well.
int caught_pipe[2] = {-1, -1};

void Catch(int number) {
  const int error = errno;
  caught_signal = number;
  [[maybe_unused]] const ssize_t written = write(caught_pipe[1], "", 1);
  errno = error;
}

}  // namespace

SignalCatch::SignalCatch(const std::vector<int>& signals) {
  caught_signal = 0;
  // Without descriptors a signal is remembered all the same.
  if (pipe2(caught_pipe, O_CLOEXEC | O_NONBLOCK) != 0) caught_pipe[0] = caught_pipe[1] = -1;
  struct sigaction action = {};
  action.sa_handler = Catch;
  for (const int number : signals) {
    struct sigaction before = {};
    sigaction(number, &action, &before);
    before_.emplace_back(number, before);
  }
}

SignalCatch::~SignalCatch() {
  for (const auto& [number, before] : before_) sigaction(number, &before, nullptr);
  for (int& end : caught_pipe) {
    if (end >= 0) close(std::exchange(end, -1));
  }
}

int SignalCatch::caught() const { return caught_signal; }

int SignalCatch::descriptor() const { return caught_pipe[0]; }

std::function<bool(absl::Duration)> InterruptibleWait() {
  return [signals = std::make_shared<SignalCatch>(std::vector<int>{SIGINT})](absl::Duration duration) {
    const absl::Time end = absl::Now() + duration;
    while (signals->caught() == 0) {
      const absl::Duration left = end - absl::Now();
      if (left <= absl::ZeroDuration()) break;
      pollfd event = {signals->descriptor(), POLLIN, 0};
      // Rounded up, so that it is not asked again and again at the end.
      const int64_t milliseconds = absl::ToInt64Milliseconds(absl::Ceil(left, absl::Milliseconds(1)));
      poll(&event, 1, static_cast<int>(std::min<int64_t>(milliseconds, 60'000)));
    }
    return signals->caught() == 0;
  };
}

}  // namespace signet::cli
