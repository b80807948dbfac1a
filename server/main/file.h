#ifndef SIGNET_SERVER_MAIN_FILE_H_
#define SIGNET_SERVER_MAIN_FILE_H_

#include <sys/types.h>

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace signet::server {

// Reads a regular file, or what stands in for one, such as a pipe.
//   kNotFound, kPermissionDenied, …  as errno says; the message names the file
//   kInvalidArgument                 a folder, or longer than `limit` bytes
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t limit);

// Writes a file whole: who opens it sees the old content or the new, never a part, even after a crash. `path` gets `mode`.
//   as errno says; the message names the file
absl::Status WriteFileAtomically(const std::string& path, absl::string_view content, mode_t mode);

// Makes a folder with mode 0700, and those above it; succeeds if it is there.
//   as errno says; the message names the folder
absl::Status MakeFolder(const std::string& path);

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_FILE_H_
