#include "clients/cli/key_commands.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "clients/cli/failure.h"
#include "clients/cli/parameters.h"
#include "clients/cli/session.h"

namespace signet::cli {
namespace {

using KeyStub = v1::KeyService::Stub;

std::string RoleText(v1::SigningKey::Role role) {
  return role == v1::SigningKey::ROLE_UNSPECIFIED ? "NONE" : v1::SigningKey::Role_Name(role);
}

Fields Describe(const v1::SigningKey& key) {
  Fields fields = {
      {"Key ID", key.kid()},
      {"Role", RoleText(key.role())},
      {"State", v1::SigningKey::State_Name(key.state())},
      {"Algorithm", v1::Algorithm_Name(key.algorithm())},
      {"Resource", key.name()},
      {"Created", DateOf(key.create_time())},
      {"Published", DateOf(key.publish_time())},
      {"Activatable", DateOf(key.activatable_time())},
      {"Enabled", DateOf(key.enable_time())},
      {"Disabled", DateOf(key.disable_time())},
      {"Deletable", DateOf(key.deletable_time())},
      {"Revoked", DateOf(key.revoke_time())},
      {"Deleted", DateOf(key.destroy_time())},
      {"Effective", DateOf(key.effective_time())},
  };
  fields.erase(std::remove_if(fields.begin(), fields.end(), [](const auto& field) { return field.second.empty(); }), fields.end());
  return fields;
}

absl::StatusOr<std::string> KeyName(const Session& session) {
  SIGNET_ASSIGN_OR_RETURN(const std::string ring, session.Ring());
  return absl::StrCat(ring, "/keys/", session.values().Get("key"));
}

void PrintChange(Session& session, absl::string_view done, const v1::SigningKey& key) {
  const std::string headline = absl::StrCat(done, " signing key '", key.kid(), "'");
  session.printer().PrintReply(key, session.Headline(headline), Describe(key));
}

// Does a verb that takes a key, and `force` to overrule a rule; then `warning` says what that can break.
template <typename Request>
absl::Status Change(Session& session, client::Client::Method<KeyStub, Request, v1::SigningKey> method, absl::string_view done,
                    absl::string_view warning) {
  Request request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_name(), KeyName(session));
  request.set_force(session.values().IsTrue("force"));
  SIGNET_ASSIGN_OR_RETURN(const v1::SigningKey key, session.Call(method, request));
  if (request.force()) session.Warn(warning);
  PrintChange(session, done, key);
  return absl::OkStatus();
}

absl::Status ConfirmFor(Session& session, absl::string_view verb) {
  // What is wrong with the command line is said before anything is asked.
  SIGNET_RETURN_IF_ERROR(KeyName(session).status());
  return session.Confirm(absl::StrCat("Do you really want to ", verb, " signing key '", session.values().Get("key"), "'?"));
}

absl::Status Create(Session& session) {
  v1::CreateKeyRequest request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_parent(), session.Ring());
  request.set_key_id(session.values().Get("key"));
  SIGNET_ASSIGN_OR_RETURN(const v1::SigningKey key, session.Call(&KeyStub::CreateKey, request));
  PrintChange(session, "Created", key);
  return absl::OkStatus();
}

absl::Status List(Session& session) {
  v1::ListKeysRequest request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_parent(), session.Ring());
  request.set_show_destroyed(session.values().IsTrue("show-destroyed"));
  SIGNET_ASSIGN_OR_RETURN(const v1::ListKeysResponse reply, session.ListAll(&KeyStub::ListKeys, request));
  Table table{{"Key ID", "Role", "State", "Algorithm", "Created"}, {}};
  for (const v1::SigningKey& key : reply.keys()) {
    table.rows.push_back({key.kid(), RoleText(key.role()), v1::SigningKey::State_Name(key.state()),
                          v1::Algorithm_Name(key.algorithm()), DateOf(key.create_time())});
  }
  session.printer().PrintList(reply, table);
  return absl::OkStatus();
}

absl::Status Get(Session& session) {
  v1::GetKeyRequest request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_name(), KeyName(session));
  SIGNET_ASSIGN_OR_RETURN(const v1::SigningKey key, session.Call(&KeyStub::GetKey, request));
  session.printer().PrintReply(key, "", Describe(key));
  return absl::OkStatus();
}

absl::Status Enable(Session& session) {
  return Change(session, &KeyStub::EnableKey, "Enabled",
                "forced: verifiers that cached the JWKS can refuse this key's tokens until they fetch it again");
}

absl::Status Disable(Session& session) {
  return Change(session, &KeyStub::DisableKey, "Disabled", "forced: the key ring may have no key that signs now");
}

absl::Status Revoke(Session& session) {
  SIGNET_RETURN_IF_ERROR(ConfirmFor(session, "revoke"));
  const absl::Status status =
      Change(session, &KeyStub::RevokeKey, "Revoked", "forced: the key ring may have no key that signs now");
  return GetReason(status) == reason::kKeyEnabled ? WithHint(status, "enable another key first, or pass --force") : status;
}

absl::Status Delete(Session& session) {
  SIGNET_RETURN_IF_ERROR(ConfirmFor(session, "delete"));
  return Change(session, &KeyStub::DeleteKey, "Deleted", "forced: unexpired tokens that this key signed are refused from now on");
}

}  // namespace

std::vector<Command> KeyCommands() {
  const Parameter key = {.name = "key", .value = "ID", .doc = "The id of the key, its kid.", .occurrence = Occurrence::kRequired};
  const auto force = [](std::string doc) {
    return Parameter{.name = "force", .kind = ParameterKind::kBool, .doc = std::move(doc)};
  };
  const std::vector<Parameter> where = Join({{RingParameter()}, ScopeParameters()});
  const std::string object = "security/token-key";
  return {
      {"create", object, "Create a signing key in the HSM. It is published, but does not sign until it is enabled.",
       Join({{{.name = "key", .value = "ID", .doc = "The id of the key, its kid. Default: its RFC 7638 thumbprint."}},
             where,
             ChangeParameters()}),
       Create},
      {"list", object, "List the signing keys of a key ring, the oldest first.",
       Join({{{.name = "show-destroyed", .kind = ParameterKind::kBool, .doc = "Deleted keys too."}}, where}), List},
      {"get", object, "Show a signing key.", Join({{key}, where}), Get},
      {"enable", object, "Enable a signing key. From now on it signs, and the key that did no longer does.",
       Join({{key, force("Enable it even if verifiers may not know it yet.")}, where, ChangeParameters()}), Enable},
      {"disable", object, "Disable the key that signs. The key ring then has none; the key still verifies.",
       Join({{key, force("Disable it although no other key signs then.")}, where, ChangeParameters()}), Disable},
      {"revoke", object, "Revoke a signing key. It verifies nothing any more, at once and for ever; its private key is destroyed.",
       Join({{key, force("Revoke it even if it is the key that signs."), ConfirmParameter()}, where, ChangeParameters()}), Revoke},
      {"delete", object,
       "Delete a signing key that is disabled or revoked. Its private key is destroyed; its id is never used again.",
       Join({{key, force("Delete it even if tokens that it signed can still be valid."), ConfirmParameter()},
             where,
             ChangeParameters()}),
       Delete},
  };
}

}  // namespace signet::cli
