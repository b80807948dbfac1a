#include "clients/cli/pseudo_terminal.h"

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

namespace signet::cli {
namespace {

constexpr int kPatienceMilliseconds = 60'000;

}  // namespace

PseudoTerminal::PseudoTerminal(const std::vector<std::string>& words, const std::map<std::string, std::string>& environment) {
  std::vector<std::string> copies = words;
  std::vector<char*> argv;
  argv.reserve(copies.size() + 1);
  for (std::string& word : copies) argv.push_back(word.data());
  argv.push_back(nullptr);
  const winsize size = {.ws_row = 24, .ws_col = 100, .ws_xpixel = 0, .ws_ypixel = 0};
  child_ = forkpty(&terminal_, nullptr, nullptr, &size);
  if (child_ != 0) return;
  for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), /*overwrite=*/1);
  execvp(argv[0], argv.data());
  _exit(127);
}

PseudoTerminal::~PseudoTerminal() {
  if (child_ > 0) {
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }
  if (terminal_ >= 0) close(terminal_);
}

void PseudoTerminal::Type(absl::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(terminal_, text.data(), text.size());
    if (written <= 0) return;
    text.remove_prefix(static_cast<size_t>(written));
  }
}

bool PseudoTerminal::Await(absl::string_view text) {
  for (;;) {
    const size_t at = screen_.find(text.data(), awaited_, text.size());
    if (at != std::string::npos) {
      awaited_ = at + text.size();
      return true;
    }
    if (!Read()) return false;
  }
}

int PseudoTerminal::AwaitEnd() {
  while (Read()) {
  }
  // What closed its terminal and does not end is killed.
  int status = 0;
  pid_t ended = 0;
  for (int i = 0; i < kPatienceMilliseconds && ended == 0; ++i) {
    ended = waitpid(child_, &status, WNOHANG);
    if (ended == 0) usleep(1000);
  }
  if (ended != child_) return -1;
  child_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool PseudoTerminal::Read() {
  pollfd event = {terminal_, POLLIN, 0};
  if (poll(&event, 1, kPatienceMilliseconds) != 1) return false;
  char buffer[4096];
  // Fails when the program has closed its side.
  const ssize_t size = read(terminal_, buffer, sizeof buffer);
  if (size <= 0) return false;
  screen_.append(buffer, static_cast<size_t>(size));
  return true;
}

}  // namespace signet::cli
