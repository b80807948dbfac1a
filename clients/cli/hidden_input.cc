#include "clients/cli/hidden_input.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <utility>

namespace signet::cli {
namespace {

constexpr size_t kMaxLine = 4096;
constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

// Not 0 once a signal came that wants the program to end or stop.
volatile sig_atomic_t caught = 0;
// A pipe that is readable from then on: a signal that comes just before the input is waited for, or to another thread, ends the
// waiting as well.
int caught_pipe[2] = {-1, -1};

void Catch(int number) {
  caught = number;
  [[maybe_unused]] const ssize_t written = write(caught_pipe[1], "", 1);
}

// Reads up to a line break. nullopt if the input ends, or a signal comes, before.
std::optional<Secret> ReadLine() {
  std::string line;
  // A buffer that grows would leave copies behind.
  line.reserve(kMaxLine);
  char c = 0;
  while (line.size() < kMaxLine) {
    pollfd events[] = {{STDIN_FILENO, POLLIN, 0}, {caught_pipe[0], POLLIN, 0}};
    while (poll(events, 2, -1) < 0 && errno == EINTR) {
    }
    if (caught != 0 || read(STDIN_FILENO, &c, 1) != 1) return std::nullopt;
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
  caught = 0;
  if (pipe2(caught_pipe, O_CLOEXEC | O_NONBLOCK) != 0) return std::nullopt;
  struct sigaction action = {};
  action.sa_handler = Catch;
  std::array<struct sigaction, kSignals.size()> actions = {};
  for (size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &action, &actions[i]);

  std::optional<Secret> line;
  termios hidden = before;
  hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  // Before the prompt: what follows it is not shown.
  if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) == 0) {
    Write(prompt);
    line = ReadLine();
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    Write("\n");
  }
  for (size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &actions[i], nullptr);
  for (int& end : caught_pipe) close(std::exchange(end, -1));
  // What it was meant to do, it does now.
  if (caught != 0) raise(caught);
  return line;
}

}  // namespace signet::cli
