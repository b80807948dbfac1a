#include "server/http/sap_body.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "server/core/json_object.h"

namespace signet::http {
namespace {

using Json = nlohmann::ordered_json;
using Mode = SapKeyChange::Mode;

absl::Status Malformed(absl::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, reason::kInvalidField, message);
}

absl::StatusOr<Json> ReadObject(absl::string_view body) {
  absl::StatusOr<Json> object = core::ParseJsonObject(body);
  if (!object.ok()) return Malformed(absl::StrCat("the body is not a JSON object: ", object.status().message()));
  return object;
}

absl::Status CheckMembers(const Json& object, std::initializer_list<absl::string_view> names) {
  for (const auto& [name, value] : object.items()) {
    if (std::find(names.begin(), names.end(), absl::string_view(name)) != names.end()) continue;
    return Malformed("the body has a member that is not known here");
  }
  return absl::OkStatus();
}

// The member of that name; nullptr if it is absent, or null.
const Json* FindGiven(const Json& object, absl::string_view name) {
  const Json* const member = core::FindMember(object, name);
  return member == nullptr || member->is_null() ? nullptr : member;
}

absl::StatusOr<std::string> FindText(const Json& object, absl::string_view name) {
  const Json* const member = FindGiven(object, name);
  if (member == nullptr) return "";
  if (!member->is_string()) return Malformed(absl::StrCat(name, " must be text"));
  return member->get<std::string>();
}

absl::StatusOr<std::optional<bool>> FindFlag(const Json& object, absl::string_view name) {
  const Json* const member = FindGiven(object, name);
  if (member == nullptr) return std::nullopt;
  if (!member->is_boolean()) return Malformed(absl::StrCat(name, " must be true or false"));
  return member->get<bool>();
}

absl::StatusOr<std::optional<int64_t>> FindNumber(const Json& object, absl::string_view name) {
  const Json* const member = FindGiven(object, name);
  if (member == nullptr) return std::nullopt;
  // What is beyond 63 bits is beyond every range as well.
  if (!member->is_number_integer() || (member->is_number_unsigned() && member->get<uint64_t>() > INT64_MAX)) {
    return Malformed(absl::StrCat(name, " must be a whole number of seconds"));
  }
  return member->get<int64_t>();
}

absl::StatusOr<Mode> ReadMode(absl::string_view mode) {
  if (mode == "ADD") return Mode::kAdd;
  if (mode == "UPDATE") return Mode::kUpdate;
  if (mode == "DELETE") return Mode::kDelete;
  if (mode == "FORCE_UPDATE") return Mode::kForceUpdate;
  if (mode == "FORCE_DELETE") return Mode::kForceDelete;
  return Malformed("changeMode must be ADD, UPDATE, DELETE, FORCE_UPDATE or FORCE_DELETE");
}

absl::Status ReadKeyChange(const Json& policy, SapSettingsChange& change) {
  SIGNET_ASSIGN_OR_RETURN(std::string key_id, FindText(policy, "keyId"));
  SIGNET_ASSIGN_OR_RETURN(const std::string mode, FindText(policy, "changeMode"));
  if (mode.empty() && key_id.empty()) return absl::OkStatus();
  if (mode.empty()) return Malformed("keyId needs a changeMode");
  SIGNET_ASSIGN_OR_RETURN(const Mode read, ReadMode(mode));
  if (key_id.empty() && read != Mode::kAdd) return Malformed("this changeMode needs a keyId");
  change.key = SapKeyChange{.mode = read, .key_id = std::move(key_id)};
  return absl::OkStatus();
}

absl::Status ReadTokenPolicy(const Json& policy, SapSettingsChange& change) {
  SIGNET_RETURN_IF_ERROR(
      CheckMembers(policy, {"keyId", "changeMode", "accessTokenValidity", "refreshTokenValidity", "refreshTokenUnique"}));
  SIGNET_RETURN_IF_ERROR(ReadKeyChange(policy, change));
  SIGNET_ASSIGN_OR_RETURN(const std::optional<int64_t> access, FindNumber(policy, "accessTokenValidity"));
  if (access) {
    SIGNET_ASSIGN_OR_RETURN(change.access_token_validity, ReadAccessTokenValidity(*access));
  }
  SIGNET_ASSIGN_OR_RETURN(const std::optional<int64_t> refresh, FindNumber(policy, "refreshTokenValidity"));
  if (refresh) {
    SIGNET_ASSIGN_OR_RETURN(change.refresh_token_validity, ReadRefreshTokenValidity(*refresh));
  }
  SIGNET_ASSIGN_OR_RETURN(const std::optional<bool> unique, FindFlag(policy, "refreshTokenUnique"));
  if (unique.value_or(false)) return Malformed("refreshTokenUnique must be false: no refresh tokens are issued here");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SapSettingsChange> ReadSettingsPatch(absl::string_view body) {
  SIGNET_ASSIGN_OR_RETURN(const Json object, ReadObject(body));
  SIGNET_RETURN_IF_ERROR(CheckMembers(object, {"tokenPolicySettings", "rotateSigningKeyAutomatically"}));
  SapSettingsChange change;
  if (const Json* const policy = FindGiven(object, "tokenPolicySettings"); policy != nullptr) {
    if (!policy->is_object()) return Malformed("tokenPolicySettings must be an object");
    SIGNET_RETURN_IF_ERROR(ReadTokenPolicy(*policy, change));
  }
  SIGNET_ASSIGN_OR_RETURN(change.rotate_automatically, FindFlag(object, "rotateSigningKeyAutomatically"));
  if (change.key && ChangesRing(change)) return Malformed("a key and other settings are changed by a PATCH each");
  if (!change.key && !ChangesRing(change)) return Malformed("the body changes nothing");
  return change;
}

absl::StatusOr<SapLogin> ReadSapLogin(absl::string_view body) {
  SIGNET_ASSIGN_OR_RETURN(const Json object, ReadObject(body));
  SIGNET_RETURN_IF_ERROR(CheckMembers(object, {"customIdp", "subdomain", "userName", "password", "jwt"}));
  if (FindGiven(object, "jwt") != nullptr) return Malformed("jwt is not taken here: log in with userName and password");
  SapLogin login;
  SIGNET_ASSIGN_OR_RETURN(login.custom_idp, FindText(object, "customIdp"));
  SIGNET_ASSIGN_OR_RETURN(login.subdomain, FindText(object, "subdomain"));
  SIGNET_ASSIGN_OR_RETURN(login.user_name, FindText(object, "userName"));
  SIGNET_ASSIGN_OR_RETURN(std::string password, FindText(object, "password"));
  if (login.user_name.empty() || password.empty()) return Malformed("userName and password are needed");
  login.password = Secret(std::move(password));
  return login;
}

absl::StatusOr<SapParameters> SapParameters::Read(absl::string_view body) {
  SIGNET_ASSIGN_OR_RETURN(const Json object, ReadObject(body));
  SIGNET_RETURN_IF_ERROR(CheckMembers(object, {"paramValues"}));
  const Json* const values = FindGiven(object, "paramValues");
  if (values == nullptr || !values->is_object()) return Malformed("paramValues must be an object");
  SapParameters parameters;
  for (const auto& [name, value] : values->items()) {
    if (!value.is_string()) return Malformed("every value in paramValues must be text");
    parameters.values_[name] = value.get<std::string>();
  }
  return parameters;
}

absl::string_view SapParameters::Find(absl::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? absl::string_view() : absl::string_view(found->second);
}

absl::StatusOr<std::optional<bool>> SapParameters::FindBool(absl::string_view name) const {
  const absl::string_view value = Find(name);
  if (value.empty()) return std::nullopt;
  if (value != "true" && value != "false") return Malformed(absl::StrCat(name, " must be true or false"));
  return value == "true";
}

absl::StatusOr<std::optional<int64_t>> SapParameters::FindInteger(absl::string_view name) const {
  const absl::string_view value = Find(name);
  if (value.empty()) return std::nullopt;
  int64_t number = 0;
  if (!absl::SimpleAtoi(value, &number)) return Malformed(absl::StrCat(name, " must be a whole number"));
  return number;
}

absl::Status SapParameters::CheckNames(std::initializer_list<absl::string_view> names) const {
  constexpr absl::string_view kAccounts[] = {"globalAccount", "directory", "subaccount"};
  for (const auto& [name, value] : values_) {
    if (std::find(std::begin(kAccounts), std::end(kAccounts), absl::string_view(name)) != std::end(kAccounts)) continue;
    if (std::find(names.begin(), names.end(), absl::string_view(name)) != names.end()) continue;
    return Malformed("paramValues has a name that this command does not know");
  }
  return absl::OkStatus();
}

}  // namespace signet::http
