#include "clients/cli/pager.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "clients/cli/signal_catch.h"
#include "clients/cli/text.h"

namespace signet::cli {
namespace {

constexpr char kDefaultPager[] = "if command -v less >/dev/null 2>&1; then exec less -FRX; else exec cat; fi";
// What a shell ends with when it cannot run a command.
constexpr int kNotExecutable = 126;
constexpr int kNotFound = 127;

bool WriteAll(int descriptor, absl::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

bool FitsOnScreen(const std::string& text) {
  winsize size = {};
  // A terminal without a size has no end.
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) return true;
  size_t lines = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) lines += 1 + Width(line) / size.ws_col;
  return lines <= size.ws_row;
}

// Returns the pager's exit code; -1 if there is none.
int RunPager(const char* command, const std::string& text) {
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) return -1;
  const pid_t child = fork();
  if (child == 0) {
    dup2(pipe_ends[0], STDIN_FILENO);
    execl("/bin/sh", "sh", "-c", command, nullptr);
    _exit(kNotFound);
  }
  close(pipe_ends[0]);
  if (child < 0) {
    close(pipe_ends[1]);
    return -1;
  }
  // Ctrl-C is the pager's, which may be left before it has read everything.
  const SignalCatch signals({SIGINT, SIGPIPE});
  WriteAll(pipe_ends[1], text);
  close(pipe_ends[1]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}

}  // namespace

bool Page(const std::string& text) {
  const char* pager = getenv("PAGER");
  const std::string command = pager == nullptr ? kDefaultPager : pager;
  if (command.empty() || FitsOnScreen(text)) return WriteAll(STDOUT_FILENO, text);
  const int exit_code = RunPager(command.c_str(), text);
  const bool has_run = exit_code >= 0 && exit_code != kNotFound && exit_code != kNotExecutable;
  return has_run || WriteAll(STDOUT_FILENO, text);
}

}  // namespace signet::cli
