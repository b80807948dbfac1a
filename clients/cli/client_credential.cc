#include "clients/cli/client_credential.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "clients/cli/failure.h"
#include "clients/cli/private_file.h"
#include "nlohmann/json.hpp"

namespace signet::cli {

absl::StatusOr<ClientCredential> ReadCredentialFile(const std::string& path) {
  SIGNET_ASSIGN_OR_RETURN(const Secret text, ReadPrivateFile(path));
  const nlohmann::json document = nlohmann::json::parse(text.Expose(), nullptr, /*allow_exceptions=*/false);
  if (!document.is_object()) return UsageError(absl::StrCat(path, " is not a JSON object"));
  for (const char* name : {"client_id", "client_secret", "token_url"}) {
    const auto member = document.find(name);
    if (member == document.end() || !member->is_string() || member->get_ref<const std::string&>().empty()) {
      return UsageError(absl::StrCat(path, ": '", name, "' is missing, or is not a string"));
    }
  }
  ClientCredential credential;
  credential.client_id = document["client_id"].get<std::string>();
  credential.token_url = document["token_url"].get<std::string>();
  if (!absl::StartsWith(credential.token_url, "https://")) return UsageError(absl::StrCat(path, ": 'token_url' is no https URL"));
  SIGNET_ASSIGN_OR_RETURN(credential.client_secret, AsClientSecret(Secret(document["client_secret"].get<std::string>()),
                                                                   absl::StrCat(path, ": 'client_secret'")));
  return credential;
}

Secret RenderCredentialFile(const ClientCredential& credential) {
  const nlohmann::ordered_json document = {{"client_id", credential.client_id},
                                           {"client_secret", std::string(credential.client_secret.Expose())},
                                           {"token_url", credential.token_url}};
  return Secret(document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
}

absl::StatusOr<Secret> AsClientSecret(const Secret& text, absl::string_view name) {
  const absl::string_view secret = absl::StripAsciiWhitespace(text.Expose());
  if (secret.empty()) return UsageError(absl::StrCat(name, " is empty"));
  if (!std::all_of(secret.begin(), secret.end(), [](char c) { return absl::ascii_isprint(c); })) {
    return UsageError(absl::StrCat(name, " is no client secret: it holds other than printable ASCII"));
  }
  return Secret(std::string(secret));
}

}  // namespace signet::cli
