#include "server/main/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "base/unique_fd.h"

namespace signet::server {
namespace {

absl::Status Failed(absl::string_view what, const std::string& path) {
  const int error = errno;
  return absl::ErrnoToStatus(error, absl::StrCat("cannot ", what, " ", path));
}

absl::Status WriteAll(int fd, absl::string_view content) {
  while (!content.empty()) {
    const ssize_t written = write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return absl::ErrnoToStatus(errno, "write");
    content.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t limit) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return Failed("read", path);
  std::string content;
  std::array<char, 4096> buffer;
  while (true) {
    const ssize_t count = read(fd.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EISDIR) return absl::InvalidArgumentError(absl::StrCat("cannot read ", path, ": it is a folder"));
    if (count < 0) return Failed("read", path);
    if (count == 0) return content;
    content.append(buffer.data(), static_cast<size_t>(count));
    if (content.size() > limit) {
      return absl::InvalidArgumentError(absl::StrCat("cannot read ", path, ": it is longer than ", limit, " bytes"));
    }
  }
}

absl::Status WriteFileAtomically(const std::string& path, absl::string_view content, mode_t mode) {
  const std::string draft = absl::StrCat(path, ".new");
  const UniqueFd fd(open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
  // A draft that a crash left may have another mode.
  if (fd.get() < 0 || fchmod(fd.get(), mode) != 0) return Failed("write", draft);
  if (!WriteAll(fd.get(), content).ok() || fsync(fd.get()) != 0) return Failed("write", draft);
  if (rename(draft.c_str(), path.c_str()) != 0) return Failed("write", path);
  return absl::OkStatus();
}

absl::Status MakeFolder(const std::string& path) {
  for (size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    if (mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) return Failed("make the folder", part);
    if (end == std::string::npos) break;
  }
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return Failed("use the folder", path);
  if (!S_ISDIR(status.st_mode)) return absl::FailedPreconditionError(absl::StrCat(path, " is no folder"));
  return absl::OkStatus();
}

}  // namespace signet::server
