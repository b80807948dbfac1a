#include "clients/cli/session_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "clients/cli/failure.h"
#include "clients/cli/private_file.h"
#include "nlohmann/json.hpp"

namespace signet::cli {
namespace {

// "" if there is none; nlohmann throws for one of another type.
std::string StringMember(const nlohmann::json& document, const char* name) {
  const auto member = document.find(name);
  return member != document.end() && member->is_string() ? member->get<std::string>() : "";
}

StoredSession Parse(const nlohmann::json& document) {
  StoredSession session;
  session.grpc_address = StringMember(document, "grpc_address");
  session.https_url = StringMember(document, "https_url");
  session.ca_certificate = StringMember(document, "ca_certificate");
  if (const std::string client_id = StringMember(document, "client_id"); !client_id.empty()) {
    session.credential =
        ClientCredential{client_id, Secret(StringMember(document, "client_secret")), StringMember(document, "token_url")};
  }
  absl::Time expire_time;
  const std::string token = StringMember(document, "access_token");
  if (!token.empty() &&
      absl::ParseTime(absl::RFC3339_full, StringMember(document, "access_token_expire_time"), &expire_time, nullptr)) {
    session.token = client::AccessToken{Secret(token), expire_time};
  }
  if (const std::string id = StringMember(document, "target_id"); !id.empty()) {
    session.target = Target{StringMember(document, "target_scope"), id};
  }
  return session;
}

}  // namespace

std::string SessionFilePath(const std::string& path) {
  const std::filesystem::path configuration(path);
  return configuration.parent_path() / absl::StrCat(configuration.stem().string(), ".session.json");
}

absl::StatusOr<StoredSession> ReadSessionFile(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return StoredSession();
  SIGNET_ASSIGN_OR_RETURN(const Secret text, ReadPrivateFile(path));
  const nlohmann::json document = nlohmann::json::parse(text.Expose(), nullptr, /*allow_exceptions=*/false);
  if (!document.is_object()) return UsageError(absl::StrCat(path, " is not a JSON object"), "signet logout, then signet login");
  return Parse(document);
}

absl::Status WriteSessionFile(const std::string& path, const StoredSession& session) {
  nlohmann::ordered_json document = nlohmann::ordered_json::object();
  const auto set = [&document](const char* name, absl::string_view value) {
    if (!value.empty()) document[name] = std::string(value);
  };
  set("grpc_address", session.grpc_address);
  set("https_url", session.https_url);
  set("ca_certificate", session.ca_certificate);
  if (session.target) {
    set("target_scope", session.target->scope);
    set("target_id", session.target->id);
  }
  if (session.credential) {
    set("client_id", session.credential->client_id);
    set("client_secret", session.credential->client_secret.Expose());
    set("token_url", session.credential->token_url);
  }
  if (session.token) {
    set("access_token", session.token->token.Expose());
    set("access_token_expire_time", absl::FormatTime(absl::RFC3339_full, session.token->expire_time, absl::UTCTimeZone()));
  }
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code error;
  if (!folder.empty() && !std::filesystem::exists(folder, error)) {
    std::filesystem::create_directories(folder.parent_path(), error);
    if (mkdir(folder.c_str(), S_IRWXU) != 0)
      return UsageError(absl::StrCat(folder.string(), " cannot be made: ", std::strerror(errno)));
  }
  SIGNET_ASSIGN_OR_RETURN(const std::unique_ptr<PrivateFile> file, PrivateFile::Create(path));
  const Secret text(document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
  return file->Commit(text.Expose());
}

absl::Status RemoveSessionFile(const std::string& path) {
  if (unlink(path.c_str()) == 0 || errno == ENOENT) return absl::OkStatus();
  return UsageError(absl::StrCat(path, " cannot be removed: ", std::strerror(errno)));
}

}  // namespace signet::cli
