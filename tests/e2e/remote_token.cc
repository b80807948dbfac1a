#include "tests/e2e/remote_token.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <vector>

#include "gtest/gtest.h"
#include "tests/testing/await.h"

namespace signet::testing {

RemoteToken::RemoteToken(const DevServer& server, const TestFolder& folder)
    : config_(server.data_dir() + "/softhsm2.conf"), socket_(folder / "p11.sock") {}

void RemoteToken::Start() {
  std::filesystem::remove(socket_);
  const std::string config = "SOFTHSM2_CONF=" + config_;
  std::vector<std::string> words = {"/usr/bin/env", config,         "p11-kit",
                                    "server",       "--foreground", "--name",
                                    socket_,        "--provider",   "/usr/lib/softhsm/libsofthsm2.so",
                                    "pkcs11:"};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  // It starts another process for each client: they are to be signalled together.
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);
  ASSERT_EQ(posix_spawn(&pid_, arguments[0], nullptr, &attributes, arguments.data(), environ), 0);
  posix_spawnattr_destroy(&attributes);
  ASSERT_TRUE(Await([&] { return std::filesystem::exists(socket_); }));
}

void RemoteToken::Signal(int signal) const { kill(-pid_, signal); }

void RemoteToken::Kill() {
  if (pid_ < 0) return;
  Signal(SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

std::map<std::string, std::string> RemoteToken::environment() const {
  return {{"SOFTHSM2_MODULE", "/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-client.so"},
          {"P11_KIT_SERVER_ADDRESS", "unix:path=" + socket_}};
}

}  // namespace signet::testing
