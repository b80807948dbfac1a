#include "clients/cli/hidden_input.h"

#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string>
#include <utility>

#include "clients/cli/signal_catch.h"

namespace signet::cli {
namespace {

constexpr size_t kMaxLine = 4096;

// Reads up to a line break. nullopt if the input ends, or a signal comes, before.
std::optional<Secret> ReadLine(const SignalCatch& signals) {
  std::string line;
  // A buffer that grows would leave copies behind.
  line.reserve(kMaxLine);
  char c = 0;
  while (line.size() < kMaxLine) {
    pollfd events[] = {{STDIN_FILENO, POLLIN, 0}, {signals.descriptor(), POLLIN, 0}};
    while (poll(events, 2, -1) < 0 && errno == EINTR && signals.caught() == 0) {
    }
    if (signals.caught() != 0 || read(STDIN_FILENO, &c, 1) != 1) return std::nullopt;
    if (c == '\n') break;
    line.push_back(c);
  }
  return Secret(std::move(line));
}

void Write(absl::string_view text) {
  // Where standard error cannot be written, nothing can be told.
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

std::optional<Secret> ReadHiddenLine(absl::string_view prompt) {
  termios before = {};
  if (tcgetattr(STDIN_FILENO, &before) != 0) return std::nullopt;
  std::optional<SignalCatch> signals;
  signals.emplace({SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP});
  std::optional<Secret> line;
  termios hidden = before;
  hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  // Before the prompt: what follows it is not shown.
  if (signals->descriptor() >= 0 && tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) == 0) {
    Write(prompt);
    line = ReadLine(*signals);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    Write("\n");
  }
  const int caught = signals->caught();
  signals.reset();
  // What it was meant to do, it does now.
  if (caught != 0) raise(caught);
  return line;
}

}  // namespace signet::cli
