#include "server/main/admin_credential.h"

#include <strings.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "nlohmann/json.hpp"
#include "server/main/file.h"

namespace signet::server {
namespace {

constexpr size_t kSizeLimit = 64 << 10;

void Wipe(std::string& text) { explicit_bzero(text.data(), text.size()); }

}  // namespace

absl::StatusOr<AdminCredential> ReadAdminCredential(const std::string& path) {
  SIGNET_ASSIGN_OR_RETURN(std::string text, ReadFile(path, kSizeLimit));
  nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  Wipe(text);
  const auto member = [&json](const char* name) -> std::string* {
    const auto found = json.is_object() ? json.find(name) : json.end();
    return found == json.end() ? nullptr : found->get_ptr<std::string*>();
  };
  std::string* const client_id = member("client_id");
  std::string* const client_secret = member("client_secret");
  std::string* const token_url = member("token_url");
  if (client_id == nullptr || client_secret == nullptr || token_url == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is no credential: it needs client_id, client_secret and token_url"));
  }
  AdminCredential credential{*client_id, Secret(*client_secret), *token_url};
  Wipe(*client_secret);
  return credential;
}

absl::Status WriteAdminCredential(const std::string& path, const AdminCredential& credential) {
  const nlohmann::ordered_json json = {{"client_id", credential.client_id},
                                       {"client_secret", std::string(credential.client_secret.Expose())},
                                       {"token_url", credential.token_url}};
  std::string text = absl::StrCat(json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace), "\n");
  absl::Status status = WriteFileAtomically(path, text, 0600);
  Wipe(text);
  return status;
}

}  // namespace signet::server
