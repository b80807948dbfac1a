#include "keystore/store_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"

namespace signet::keystore {
namespace {

constexpr mode_t kOwnerOnly = S_IRUSR | S_IWUSR;

absl::Status FileError(int error, absl::string_view path) {
  const std::string what = absl::StrCat("cannot use ", path, " for the store: ", strerror(error));
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return absl::NotFoundError(absl::StrCat(what, "; make its folder first"));
    case EACCES:
    case EPERM:
    case EROFS:
      return absl::PermissionDeniedError(absl::StrCat(what, "; the server must be able to write the file and its folder"));
    case EISDIR:
    case ELOOP:
    case ENAMETOOLONG:
      return absl::FailedPreconditionError(absl::StrCat(what, "; name a file"));
    case ENOSPC:
    case EDQUOT:
      return Error(absl::StatusCode::kResourceExhausted, reason::kStorageFull, absl::StrCat(what, "; make room on its disk"));
    default:
      return Error(absl::StatusCode::kUnavailable, reason::kStoreUnavailable, what);
  }
}

// Opens a regular file for reading and writing, and makes it if it is not there.
absl::StatusOr<int> OpenFile(const std::string& path) {
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, kOwnerOnly);
  if (file < 0) return FileError(errno, path);
  struct stat status;
  if (fstat(file, &status) == 0 && S_ISREG(status.st_mode)) return file;
  close(file);
  return absl::FailedPreconditionError(absl::StrCat(path, " is no regular file; name another for the store"));
}

absl::Status MakeDatabaseFile(const std::string& path) {
  SIGNET_ASSIGN_OR_RETURN(const int file, OpenFile(path));
  // A file that was there may be open to others. If it is not ours, its mode is its owner's decision. SQLite gives the WAL and the
  // SHM file the mode of the database.
  const int changed = fchmod(file, kOwnerOnly);
  const int error = errno;
  close(file);
  if (changed != 0 && error != EPERM) return FileError(error, path);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<StoreFile> StoreFile::Claim(const std::string& path) {
  std::error_code error;
  const std::string absolute = std::filesystem::absolute(path, error).string();
  if (error || path.empty()) return absl::FailedPreconditionError("the path of the store is empty or unusable; name a file");
  // The folder itself must be writable, as SQLite makes and removes files beside the database. The dot tells a folder from a file.
  const std::string folder = absl::StrCat(std::filesystem::path(absolute).parent_path().string(), "/.");
  if (faccessat(AT_FDCWD, folder.c_str(), R_OK | W_OK | X_OK, AT_EACCESS) != 0) return FileError(errno, folder);

  const std::string lock_path = absl::StrCat(absolute, ".lock");
  SIGNET_ASSIGN_OR_RETURN(const int lock, OpenFile(lock_path));
  StoreFile claim(absolute, lock);
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return FileError(errno, lock_path);
    return Error(absl::StatusCode::kUnavailable, reason::kStoreUnavailable,
                 absl::StrCat("the store ", absolute, " is in use by another signetd, which holds the lock ", lock_path,
                              "; stop that one, or name another file"));
  }
  // Only now: whoever has no claim changes nothing, not even a mode.
  SIGNET_RETURN_IF_ERROR(MakeDatabaseFile(absolute));
  return claim;
}

StoreFile::~StoreFile() {
  // The lock file stays: to remove it would let two processes lock two files of one name.
  if (lock_ >= 0) close(lock_);
}

}  // namespace signet::keystore
