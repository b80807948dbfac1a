#include "server/main/pin.h"

#include <strings.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/error.h"
#include "server/main/file.h"

namespace signet::server {
namespace {

constexpr size_t kPinSizeLimit = 1024;

absl::StatusOr<Secret> TakeVariable(const std::string& name) {
  char* value = std::getenv(name.c_str());
  if (value == nullptr) return InvalidField("hsm.pin_env", absl::StrCat("the environment variable ", name, " is not set"));
  Secret bytes{std::string(value)};
  explicit_bzero(value, std::strlen(value));
  unsetenv(name.c_str());
  return bytes;
}

absl::StatusOr<Secret> ReadSecretFile(const std::string& path) {
  absl::StatusOr<std::string> file = ReadFile(path, kPinSizeLimit);
  if (!file.ok()) return Annotate(file.status(), "hsm.pin_file");
  std::string bytes = *std::move(file);
  Secret secret(bytes);
  explicit_bzero(bytes.data(), bytes.size());
  return secret;
}

}  // namespace

absl::StatusOr<Secret> ReadPin(const config::v1::Hsm& hsm) {
  const bool from_file = !hsm.pin_file().empty();
  const absl::string_view field = from_file ? "hsm.pin_file" : "hsm.pin_env";
  SIGNET_ASSIGN_OR_RETURN(const Secret bytes, from_file ? ReadSecretFile(hsm.pin_file()) : TakeVariable(hsm.pin_env()));
  absl::string_view pin = bytes.Expose();
  if (absl::ConsumeSuffix(&pin, "\n")) absl::ConsumeSuffix(&pin, "\r");
  if (pin.empty()) return InvalidField(field, "the PIN is empty");
  if (absl::StrContains(pin, '\n')) return InvalidField(field, "the PIN must be on one line");
  return Secret(std::string(pin));
}

}  // namespace signet::server
