#ifndef SIGNET_KEYSTORE_STORE_FILE_H_
#define SIGNET_KEYSTORE_STORE_FILE_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace signet::keystore {

// StoreFile is the claim of one process to the file of a store: while it lives, no other can claim it.
class StoreFile {
 public:
  // Claims `path`, making an empty file with mode 0600 if there is none. The claim is a lock (flock) on `path`.lock, which the
  // kernel ends with the process, however that dies.
  //   kFailedPrecondition  `path` is no regular file
  //   kNotFound            its folder is not there
  //   kPermissionDenied    it or its folder cannot be written
  //   kUnavailable         STORE_UNAVAILABLE: another process has claimed it, or the disk failed
  //   kResourceExhausted   STORAGE_FULL
  static absl::StatusOr<StoreFile> Claim(const std::string& path);

  StoreFile(StoreFile&& other) noexcept : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}
  StoreFile& operator=(StoreFile&&) = delete;
  ~StoreFile();

  // Absolute.
  const std::string& path() const { return path_; }

 private:
  StoreFile(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::string path_;
  // A file descriptor; -1 after a move.
  int lock_;
};

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_STORE_FILE_H_
