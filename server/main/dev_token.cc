#include "server/main/dev_token.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/base64url.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/unique_fd.h"
#include "hsm/token_provisioner.h"
#include "server/main/file.h"

namespace signet::server {
namespace {

namespace fs = std::filesystem;

constexpr char kLabel[] = "signet-dev";
constexpr char kConfVariable[] = "SOFTHSM2_CONF";

absl::StatusOr<std::string> FindModule() {
  if (const char* path = std::getenv("SOFTHSM2_MODULE"); path != nullptr && *path != '\0') {
    if (access(path, R_OK) == 0) return std::string(path);
    return absl::NotFoundError(absl::StrCat("SOFTHSM2_MODULE names ", path, ", which cannot be read"));
  }
  for (const char* path : {"/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
                           "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so",
                           "/usr/local/lib/softhsm/libsofthsm2.so"}) {
    if (access(path, R_OK) == 0) return std::string(path);
  }
  return absl::NotFoundError(
      "SoftHSM is not installed: \"apt-get install softhsm2\" brings it, or set SOFTHSM2_MODULE to the path of libsofthsm2.so");
}

absl::Status WriteConf(const std::string& path, const std::string& token_folder) {
  return WriteFileAtomically(path,
                             absl::StrCat("directories.tokendir = ", token_folder,
                                          "\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = false\n"),
                             0600);
}

// Reads the PIN in `path`, which is made if it is not there.
absl::StatusOr<Secret> PreparePin(const std::string& path, Random& random) {
  const absl::StatusOr<std::string> present = ReadFile(path, 100);
  if (present.ok()) return Secret(*present);
  const Secret pin(Base64UrlEncode(random.Bytes(15)));
  SIGNET_RETURN_IF_ERROR(WriteFileAtomically(path, pin.Expose(), 0600));
  return pin;
}

// Runs in the child.
absl::Status Initialize(const std::string& module_path, const Secret& so_pin, const Secret& user_pin) {
  SIGNET_ASSIGN_OR_RETURN(const std::unique_ptr<hsm::TokenProvisioner> provisioner, hsm::TokenProvisioner::Create(module_path));
  return provisioner->InitializeToken(kLabel, so_pin, user_pin);
}

std::string ReadAll(int fd) {
  std::string text;
  std::array<char, 512> buffer;
  while (true) {
    const ssize_t count = read(fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(buffer.data(), static_cast<size_t>(count));
  }
}

// Initialises a token by the SoftHSM configuration `conf` in a child process, which tells by a pipe what went wrong.
absl::Status InitializeInChild(const std::string& conf, const std::string& module_path, const Secret& so_pin,
                               const Secret& user_pin) {
  int ends[2];
  if (pipe(ends) != 0) return absl::ErrnoToStatus(errno, "cannot make a pipe");
  const UniqueFd from_child(ends[0]);
  UniqueFd to_parent(ends[1]);
  const pid_t child = fork();
  if (child < 0) return absl::ErrnoToStatus(errno, "cannot start a process");
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setenv(kConfVariable, conf.c_str(), 1);
    const absl::Status status = Initialize(module_path, so_pin, user_pin);
    const std::string message(status.message());
    const bool told = status.ok() || write(to_parent.get(), message.data(), message.size()) >= 0;
    _exit(status.ok() && told ? 0 : 1);
  }
  to_parent = UniqueFd();
  const std::string message = ReadAll(from_child.get());
  int result = 0;
  while (waitpid(child, &result, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(result) && WEXITSTATUS(result) == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("cannot initialise a SoftHSM token: ", message.empty() ? "it crashed" : message));
}

// Makes the token in a folder that gets its name once all is done, so that a token that is there is whole.
absl::Status MakeToken(const std::string& folder, const std::string& module_path, const Secret& user_pin, Random& random) {
  const std::string draft = absl::StrCat(folder, "/tokens.new");
  const std::string draft_conf = absl::StrCat(folder, "/softhsm2.conf.new");
  std::error_code error;
  fs::remove_all(draft, error);
  SIGNET_RETURN_IF_ERROR(MakeFolder(draft));
  SIGNET_RETURN_IF_ERROR(WriteConf(draft_conf, draft));
  SIGNET_ASSIGN_OR_RETURN(const Secret so_pin, PreparePin(absl::StrCat(folder, "/token-so-pin"), random));
  SIGNET_RETURN_IF_ERROR(InitializeInChild(draft_conf, module_path, so_pin, user_pin));
  fs::remove(draft_conf, error);
  fs::rename(draft, absl::StrCat(folder, "/tokens"), error);
  if (error) return absl::ErrnoToStatus(error.value(), absl::StrCat("cannot write to ", folder));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<DevToken> PrepareDevToken(const std::string& folder, Random& random) {
  const std::string token_folder = absl::StrCat(folder, "/tokens");
  const std::string conf = absl::StrCat(folder, "/softhsm2.conf");
  DevToken token{"", kLabel, absl::StrCat(folder, "/token-pin")};
  SIGNET_ASSIGN_OR_RETURN(token.module_path, FindModule());
  SIGNET_ASSIGN_OR_RETURN(const Secret user_pin, PreparePin(token.pin_file, random));
  std::error_code error;
  if (!fs::exists(token_folder, error)) SIGNET_RETURN_IF_ERROR(MakeToken(folder, token.module_path, user_pin, random));
  SIGNET_RETURN_IF_ERROR(WriteConf(conf, token_folder));
  setenv(kConfVariable, conf.c_str(), 1);
  return token;
}

}  // namespace signet::server
