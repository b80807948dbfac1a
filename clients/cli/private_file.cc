#include "clients/cli/private_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "clients/cli/failure.h"

namespace signet::cli {
namespace {

constexpr size_t kMaxSize = 1 << 16;

absl::Status Failed(const std::string& path, absl::string_view what) {
  return UsageError(absl::StrCat(path, " cannot be ", what, ": ", std::strerror(errno)));
}

}  // namespace

absl::StatusOr<Secret> ReadPrivateFile(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return Failed(path, "opened");
  const absl::Cleanup closer = [file] { close(file); };
  struct stat status = {};
  if (fstat(file, &status) != 0) return Failed(path, "read");
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return UsageError(absl::StrCat(path, " holds a secret, and others than its owner may access it"),
                      absl::StrCat("chmod 600 ", path));
  }
  // As large as can be, since a buffer that grows leaves copies behind.
  std::string content(kMaxSize + 1, '\0');
  size_t size = 0;
  while (size < content.size()) {
    const ssize_t count = read(file, content.data() + size, content.size() - size);
    if (count < 0) return Failed(path, "read");
    if (count == 0) break;
    size += static_cast<size_t>(count);
  }
  if (size > kMaxSize) return UsageError(absl::StrCat(path, " is larger than 64 KiB"));
  content.resize(size);
  return Secret(std::move(content));
}

absl::StatusOr<std::unique_ptr<PrivateFile>> PrivateFile::Create(const std::string& path) {
  std::string temporary = absl::StrCat(path, ".XXXXXX");
  // The mode is 0600 from the start.
  const int file = mkostemp(temporary.data(), O_CLOEXEC);
  if (file < 0) return Failed(path, "written");
  return std::unique_ptr<PrivateFile>(new PrivateFile(path, std::move(temporary), file));
}

PrivateFile::PrivateFile(std::string path, std::string temporary, int file)
    : path_(std::move(path)), temporary_(std::move(temporary)), file_(file) {}

PrivateFile::~PrivateFile() {
  close(file_);
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

absl::Status PrivateFile::Commit(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(file_, bytes.data(), bytes.size());
    if (count < 0) return Failed(path_, "written");
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  if (fsync(file_) != 0 || rename(temporary_.c_str(), path_.c_str()) != 0) return Failed(path_, "written");
  temporary_.clear();
  return absl::OkStatus();
}

}  // namespace signet::cli
