#ifndef SIGNET_SERVER_HTTP_SAP_BODY_H_
#define SIGNET_SERVER_HTTP_SAP_BODY_H_

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/secret.h"
#include "server/http/sap_settings.h"

namespace signet::http {

// Readers of what clients of SAP BTP send. Bodies are JSON objects as core::ParseJsonObject takes them; members that are not named
// here are refused, and a null is as good as absent. Errors are kInvalidArgument, and their messages, for the client, quote
// nothing.

// Reads the body of PATCH securitySettings: `tokenPolicySettings` with keyId and changeMode, or with accessTokenValidity,
// refreshTokenValidity and refreshTokenUnique, and `rotateSigningKeyAutomatically`. A PATCH changes all or nothing (RFC 5789), so a
// key and other settings cannot be changed together; what changes nothing is refused.
absl::StatusOr<SapSettingsChange> ReadSettingsPatch(absl::string_view body);

// SapLogin is who wants a session.
struct SapLogin {
  // An identity provider. Signet has none but itself: it is not looked at.
  std::string custom_idp;
  // Of a global account; may be empty.
  std::string subdomain;
  std::string user_name;
  Secret password;
};

// Reads the body of POST /login: `customIdp`, `subdomain`, `userName`, `password`, all text. `jwt`, of those who log in with an
// assertion, is refused.
absl::StatusOr<SapLogin> ReadSapLogin(absl::string_view body);

// SapParameters are those of a command: text by name, in any order. An empty one is as good as absent.
class SapParameters {
 public:
  // Reads `{"paramValues":{…}}`, whose members are text.
  static absl::StatusOr<SapParameters> Read(absl::string_view body);

  // "" if absent. Borrowed.
  absl::string_view Find(absl::string_view name) const;
  // "true" or "false"; nullopt if absent.
  absl::StatusOr<std::optional<bool>> FindBool(absl::string_view name) const;
  absl::StatusOr<std::optional<int64_t>> FindInteger(absl::string_view name) const;
  // Refuses all but these names, and those that say which account is meant.
  absl::Status CheckNames(std::initializer_list<absl::string_view> names) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_SAP_BODY_H_
