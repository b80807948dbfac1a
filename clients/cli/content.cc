#include "clients/cli/content.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "clients/cli/failure.h"

namespace signet::cli {
namespace {

constexpr size_t kMaxSize = 1 << 20;

absl::StatusOr<std::string> ReadAll(std::istream& in, absl::string_view name) {
  std::string content(kMaxSize + 1, '\0');
  in.read(content.data(), static_cast<std::streamsize>(content.size()));
  // A folder can be opened, but not read.
  if (in.bad()) return UsageError(absl::StrCat(name, " cannot be read"));
  content.resize(static_cast<size_t>(in.gcount()));
  if (content.size() > kMaxSize) return UsageError(absl::StrCat(name, " is larger than 1 MiB"));
  return content;
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return UsageError(absl::StrCat(path, " cannot be opened: ", std::strerror(errno)));
  return ReadAll(file, path);
}

absl::Status WriteFile(const std::string& path, absl::string_view bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  if (file) {
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    file.close();
  }
  return file ? absl::OkStatus() : UsageError(absl::StrCat(path, " cannot be written: ", std::strerror(errno)));
}

absl::StatusOr<std::string> ReadContent(absl::string_view value, std::istream& in) {
  if (value == "-") return ReadAll(in, "standard input");
  if (value == "@") return UsageError("'@' names no file", "write @FILE, without a blank between them");
  if (!value.empty() && value[0] == '@') return ReadFile(std::string(value.substr(1)));
  return std::string(value);
}

}  // namespace signet::cli
