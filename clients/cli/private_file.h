#ifndef SIGNET_CLIENTS_CLI_PRIVATE_FILE_H_
#define SIGNET_CLIENTS_CLI_PRIVATE_FILE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/secret.h"

namespace signet::cli {

// Reads a file that holds a secret, of at most 64 KiB.
//   kInvalidArgument USAGE  it does not exist, cannot be read, is larger, or others than its owner have rights on it; the message
//                           begins with the path
absl::StatusOr<Secret> ReadPrivateFile(const std::string& path);

// PrivateFile is a file with mode 0600 that is being made: it takes the place of the one at its path all at once, or not at all.
class PrivateFile {
 public:
  // Makes an empty file beside `path`, so that what is to be written there has a place before it exists.
  //   kInvalidArgument USAGE  it cannot be made; the message begins with the path
  static absl::StatusOr<std::unique_ptr<PrivateFile>> Create(const std::string& path);
  // Removes it, unless it was committed.
  ~PrivateFile();
  PrivateFile(const PrivateFile&) = delete;
  PrivateFile& operator=(const PrivateFile&) = delete;

  // Writes `bytes`, waits until they are on the disk, and puts the file at its path. To be called once.
  //   kInvalidArgument USAGE  it cannot be written; the message begins with the path
  absl::Status Commit(absl::string_view bytes);

 private:
  PrivateFile(std::string path, std::string temporary, int file);

  std::string path_;
  // Empty once it is at its path.
  std::string temporary_;
  int file_;
};

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_PRIVATE_FILE_H_
