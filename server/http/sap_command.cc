#include "server/http/sap_command.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "keystore/lifecycle.h"
#include "server/http/sap_credentials.h"
#include "server/http/sap_settings.h"

namespace signet::http {
namespace {

using core::AccessRule;
using core::RuleOf;
using Caller = std::shared_ptr<const core::Principal>;  // Shared: the authenticator remembers it.
using Json = nlohmann::ordered_json;
using Mode = SapKeyChange::Mode;

// Call is what the reader of an order knows beside the order.
struct Call {
  const HttpBackend& backend;
  const SapOrder& order;
  const Caller& caller;
  const SapAccount& account;

  SapSettings settings() const { return {backend.management->keys, backend.management->rings, backend.random}; }
  SapCredentials credentials() const {
    return {backend.management->credentials, backend.management->authorities, backend.clock, backend.public_url};
  }
};
using Run = absl::AnyInvocable<absl::StatusOr<Json>()>;

absl::Status NoSuchAction() { return Error(absl::StatusCode::kNotFound, "COMMAND_NOT_FOUND", "there is no such command"); }

absl::StatusOr<std::string> Require(const SapParameters& parameters, absl::string_view name) {
  const absl::string_view value = parameters.Find(name);
  if (value.empty()) {
    return Error(absl::StatusCode::kInvalidArgument, reason::kMissingField, absl::StrCat("the parameter ", name, " is missing"),
                 {{"field", std::string(name)}});
  }
  return std::string(value);
}

absl::StatusOr<keystore::Force> ReadForce(const SapParameters& parameters) {
  SIGNET_ASSIGN_OR_RETURN(const std::optional<bool> force, parameters.FindBool("force"));
  return force.value_or(false) ? keystore::Force::kYes : keystore::Force::kNo;
}

Run RunChange(const Call& call, SapSettingsChange change) {
  return [settings = call.settings(), account = call.account, caller = call.caller, change = std::move(change)]() mutable {
    return settings.Change(account->tenant.id, change, *caller);
  };
}

absl::StatusOr<Run> MakeList(const Call& call) {
  SIGNET_RETURN_IF_ERROR(call.order.parameters.CheckNames({}));
  SIGNET_RETURN_IF_ERROR(core::CheckAccess(RuleOf("signet.v1.KeyService/ListKeys"), *call.caller));
  return [settings = call.settings(), account = call.account]() mutable { return settings.Get(account->tenant.id); };
}

absl::StatusOr<Run> MakeKeyChange(const Call& call, const SapKeyChange& change) {
  const SapSettingsChange settings = {.key = change};
  SIGNET_RETURN_IF_ERROR(SapSettings::CheckAccess(settings, *call.caller));
  return RunChange(call, settings);
}

absl::StatusOr<Run> MakeRotation(const Call& call) {
  const SapParameters& parameters = call.order.parameters;
  SIGNET_RETURN_IF_ERROR(parameters.CheckNames({"key", "force", "confirm"}));
  SIGNET_ASSIGN_OR_RETURN(const keystore::Force force, ReadForce(parameters));
  SIGNET_RETURN_IF_ERROR(core::CheckAccess(RuleOf("signet.v1.KeyService/RotateKeys"), *call.caller));
  return [settings = call.settings(), account = call.account, caller = call.caller, key = std::string(parameters.Find("key")),
          force]() mutable { return settings.Rotate(account->tenant.id, key, force, *caller); };
}

absl::StatusOr<Run> MakeTokenKeyCommand(const Call& call) {
  const SapParameters& parameters = call.order.parameters;
  const absl::string_view action = call.order.action;
  if (action == "list") return MakeList(call);
  if (action == "create") {
    SIGNET_RETURN_IF_ERROR(parameters.CheckNames({"key"}));
    return MakeKeyChange(call, {.mode = Mode::kAdd, .key_id = std::string(parameters.Find("key"))});
  }
  if (action == "enable" || action == "delete") {
    SIGNET_RETURN_IF_ERROR(parameters.CheckNames({"key", "force", "confirm"}));
    SIGNET_ASSIGN_OR_RETURN(std::string key, Require(parameters, "key"));
    SIGNET_ASSIGN_OR_RETURN(const keystore::Force force, ReadForce(parameters));
    const bool forced = force == keystore::Force::kYes;
    const Mode mode =
        action == "enable" ? (forced ? Mode::kForceUpdate : Mode::kUpdate) : (forced ? Mode::kForceDelete : Mode::kDelete);
    return MakeKeyChange(call, {.mode = mode, .key_id = std::move(key)});
  }
  if (action == "rotate") return MakeRotation(call);
  return NoSuchAction();
}

absl::StatusOr<Run> MakeCredentialCreation(const Call& call) {
  const SapParameters& parameters = call.order.parameters;
  SIGNET_RETURN_IF_ERROR(parameters.CheckNames({"name", "certificate", "readOnly"}));
  SIGNET_ASSIGN_OR_RETURN(const std::optional<bool> read_only, parameters.FindBool("readOnly"));
  SIGNET_RETURN_IF_ERROR(core::CheckAccess(RuleOf("signet.v1.CredentialService/CreateCredential"), *call.caller));
  NewSapCredential wanted = {.name = std::string(parameters.Find("name")),
                             .certificate = std::string(parameters.Find("certificate")),
                             .read_only = read_only.value_or(false)};
  return [credentials = call.credentials(), account = call.account, caller = call.caller, wanted = std::move(wanted)]() mutable {
    return credentials.Create(account->tenant, wanted, *caller);
  };
}

absl::StatusOr<Run> MakeCredentialCommand(const Call& call) {
  const SapParameters& parameters = call.order.parameters;
  const absl::string_view action = call.order.action;
  if (action == "create") return MakeCredentialCreation(call);
  // Terraform sends readOnly with everything.
  SIGNET_RETURN_IF_ERROR(parameters.CheckNames({"name", "readOnly", "certificate", "confirm"}));
  if (action == "list") {
    SIGNET_RETURN_IF_ERROR(core::CheckAccess(RuleOf("signet.v1.CredentialService/ListCredentials"), *call.caller));
    return [credentials = call.credentials(), account = call.account]() mutable { return credentials.List(account->tenant); };
  }
  if (action != "get" && action != "delete") return NoSuchAction();
  SIGNET_ASSIGN_OR_RETURN(std::string name, Require(parameters, "name"));
  if (action == "get") {
    SIGNET_RETURN_IF_ERROR(core::CheckAccess(RuleOf("signet.v1.CredentialService/GetCredential"), *call.caller));
    return [credentials = call.credentials(), account = call.account, name = std::move(name)]() mutable {
      return credentials.Get(account->tenant, name);
    };
  }
  SIGNET_RETURN_IF_ERROR(core::CheckAccess(RuleOf("signet.v1.CredentialService/DeleteCredential"), *call.caller));
  return [credentials = call.credentials(), account = call.account, caller = call.caller, name = std::move(name)]() mutable {
    return credentials.Delete(account->tenant, name, *caller);
  };
}

// Settings that the surface shows and that Signet does not have: what Terraform has as their defaults.
constexpr absl::string_view kDefaultIdp = "sap.default";

// Checks that an update leaves them as they are shown. A blank text is how Terraform empties one.
absl::Status CheckForeignSettings(const SapParameters& parameters) {
  const auto is_blank = [&](absl::string_view name) { return absl::StripAsciiWhitespace(parameters.Find(name)).empty(); };
  SIGNET_ASSIGN_OR_RETURN(const std::optional<bool> same_user, parameters.FindBool("treatUsersWithSameEmailAsSameUser"));
  const absl::string_view domains = parameters.Find("customEmailDomains");
  const absl::string_view idp = parameters.Find("defaultIdp");
  if (is_blank("iFrameDomain") && is_blank("homeRedirect") && !same_user.value_or(false) && (domains.empty() || domains == "[]") &&
      (idp.empty() || idp == kDefaultIdp)) {
    return absl::OkStatus();
  }
  return InvalidField("paramValues",
                      "users do not log in here, so iFrameDomain, customEmailDomains, defaultIdp, homeRedirect and "
                      "treatUsersWithSameEmailAsSameUser cannot be changed: leave them out");
}

absl::StatusOr<SapSettingsChange> ReadSettingsUpdate(const SapParameters& parameters) {
  SIGNET_RETURN_IF_ERROR(
      parameters.CheckNames({"accessTokenValidity", "refreshTokenValidity", "rotateSigningKeyAutomatically", "iFrameDomain",
                             "customEmailDomains", "defaultIdp", "homeRedirect", "treatUsersWithSameEmailAsSameUser"}));
  SIGNET_RETURN_IF_ERROR(CheckForeignSettings(parameters));
  SapSettingsChange change;
  SIGNET_ASSIGN_OR_RETURN(const std::optional<int64_t> access, parameters.FindInteger("accessTokenValidity"));
  if (access) {
    SIGNET_ASSIGN_OR_RETURN(change.access_token_validity, ReadAccessTokenValidity(*access));
  }
  SIGNET_ASSIGN_OR_RETURN(const std::optional<int64_t> refresh, parameters.FindInteger("refreshTokenValidity"));
  if (refresh) {
    SIGNET_ASSIGN_OR_RETURN(change.refresh_token_validity, ReadRefreshTokenValidity(*refresh));
  }
  SIGNET_ASSIGN_OR_RETURN(change.rotate_automatically, parameters.FindBool("rotateSigningKeyAutomatically"));
  if (!ChangesRing(change)) {
    return InvalidField(
        "paramValues", "nothing is to be changed: name accessTokenValidity, refreshTokenValidity or rotateSigningKeyAutomatically");
  }
  return change;
}

// The settings with what Terraform reads beside those of Signet.
absl::StatusOr<Json> WithForeignSettings(absl::StatusOr<Json> settings) {
  if (!settings.ok()) return settings;
  Json json = {{"iframeDomains", ""}};
  json.update(*settings);
  json["links"] = Json::object();
  json["defaultIdp"] = std::string(kDefaultIdp);
  json["customEmailDomains"] = Json::array();
  json["treatUsersWithSameEmailAsSameUser"] = false;
  return json;
}

absl::StatusOr<Run> MakeSettingsCommand(const Call& call) {
  absl::StatusOr<Run> run = NoSuchAction();
  if (call.order.action == "list") {
    run = MakeList(call);
  } else if (call.order.action == "update") {
    SIGNET_ASSIGN_OR_RETURN(const SapSettingsChange change, ReadSettingsUpdate(call.order.parameters));
    SIGNET_RETURN_IF_ERROR(SapSettings::CheckAccess(change, *call.caller));
    run = RunChange(call, change);
  }
  if (!run.ok()) return run.status();
  return [run = *std::move(run)]() mutable { return WithForeignSettings(run()); };
}

absl::StatusOr<Run> MakeRun(const Call& call) {
  switch (call.order.object) {
    case SapCall::kTokenKeyCommand:
      return MakeTokenKeyCommand(call);
    case SapCall::kApiCredentialCommand:
      return MakeCredentialCommand(call);
    default:
      return MakeSettingsCommand(call);
  }
}

}  // namespace

absl::StatusOr<SapCommand> MakeSapCommand(const HttpBackend& backend, const SapOrder& order, Caller caller) {
  SIGNET_ASSIGN_OR_RETURN(const SapAccount account, FindSapAccount(backend.directory, backend.public_url, order.parameters,
                                                                   order.session_subdomain, *caller));
  SIGNET_ASSIGN_OR_RETURN(Run run, MakeRun({backend, order, caller, account}));
  return SapCommand{.account = account, .run = std::move(run)};
}

}  // namespace signet::http
