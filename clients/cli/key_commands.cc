#include "clients/cli/key_commands.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "clients/cli/activation_wait.h"
#include "clients/cli/duration.h"
#include "clients/cli/failure.h"
#include "clients/cli/parameters.h"
#include "clients/cli/session.h"
#include "clients/cli/signing_key.h"

namespace signet::cli {
namespace {

using KeyStub = v1::KeyService::Stub;

// Writes what SAP's program writes, to the letter, and all that is known of the key if that is asked for; warnings go to standard
// error.
void PrintChange(Session& session, absl::string_view headline, const v1::SigningKey& key) {
  for (const std::string& warning : key.warnings()) session.Warn(warning);
  const bool is_wide = session.values().IsTrue("wide") || session.ValidateOnly();
  session.printer().PrintReply(key, session.Headline(headline), is_wide ? Describe(key) : Fields());
}

// Does a verb that takes a key, and `force` to overrule a rule.
template <typename Request>
absl::Status Change(Session& session, client::Client::Method<KeyStub, Request, v1::SigningKey> method, absl::string_view done) {
  Request request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_name(), KeyName(session));
  request.set_force(session.values().IsTrue("force"));
  SIGNET_ASSIGN_OR_RETURN(const v1::SigningKey key, session.Call(method, request));
  PrintChange(session, absl::StrCat(done, " signing key '", key.kid(), "'"), key);
  return absl::OkStatus();
}

absl::Status ConfirmFor(Session& session, absl::string_view verb) {
  // What is wrong with the command line is said before anything is asked.
  SIGNET_RETURN_IF_ERROR(KeyName(session).status());
  return session.Confirm(absl::StrCat("Do you really want to ", verb, " signing key '", session.values().Get("key"), "'?"));
}

// What SAP's program leaves to be looked up: the id of a new key, and when it can be enabled.
std::string NextStepOf(const Session& session, const v1::SigningKey& key) {
  std::string text = absl::StrCat("Key ID: ", key.kid());
  const absl::Duration left = session.TimeUntil(key.activatable_time());
  if (left < absl::Seconds(1)) return absl::StrCat(text, "; it can be enabled now");
  return absl::StrCat(text, "; it can be enabled from ", DateOf(key.activatable_time()), " (in ", WriteTimeUntil(left), ")");
}

absl::Status Create(Session& session) {
  v1::CreateKeyRequest request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_parent(), session.Ring());
  request.set_key_id(session.values().Get("key"));
  SIGNET_ASSIGN_OR_RETURN(const v1::SigningKey key, session.Call(&KeyStub::CreateKey, request));
  PrintChange(session, "Created default signing key", key);
  if (session.format() == Format::kText && !session.ValidateOnly()) session.Note(NextStepOf(session, key));
  return absl::OkStatus();
}

// Whether SAP's program knows such keys: one without "yes" is a key that still verifies.
bool Verifies(const v1::SigningKey& key) {
  return key.state() == v1::SigningKey::ENABLED || key.state() == v1::SigningKey::DISABLED;
}

// The table of SAP's program, to the letter.
Table ShortTable(const v1::ListKeysResponse& reply) {
  Table table{{"Key ID", "Enabled", "Created", "Fips Compliant"}, {}, {0, 9}, " "};
  for (const v1::SigningKey& key : reply.keys()) {
    if (!Verifies(key)) continue;
    table.rows.push_back({key.kid(), key.state() == v1::SigningKey::ENABLED ? "yes" : "", DateOf(key.create_time()),
                          key.fips_compliant() ? "yes" : "no"});
  }
  return table;
}

Table WideTable(const v1::ListKeysResponse& reply) {
  Table table{{"Key ID", "Role", "State", "Algorithm", "Created", "Signatures", "Last Signed", "Latest Token Expiry", "Retires"},
              {}};
  for (const v1::SigningKey& key : reply.keys()) {
    table.rows.push_back({key.kid(), RoleText(key.role()), v1::SigningKey::State_Name(key.state()),
                          v1::Algorithm_Name(key.algorithm()), DateOf(key.create_time()), absl::StrCat(key.signature_count()),
                          DateOf(key.last_signed_time()), DateOf(key.latest_token_expiry()), DateOf(key.retire_time())});
  }
  return table;
}

absl::Status List(Session& session) {
  v1::ListKeysRequest request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_parent(), session.Ring());
  request.set_show_destroyed(session.values().IsTrue("show-destroyed"));
  SIGNET_ASSIGN_OR_RETURN(const v1::ListKeysResponse reply, session.ListAll(&KeyStub::ListKeys, request));
  const Table table = session.values().IsTrue("wide") ? WideTable(reply) : ShortTable(reply);
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
  for (;;) {
    const absl::Status status = Change(session, &KeyStub::EnableKey, "Enabled");
    if (GetReason(status) != reason::kKeyNotYetActivatable || !session.values().IsTrue("wait")) return status;
    const absl::Duration delay = GetErrorDetail(status)->retry_delay.value_or(absl::Seconds(1));
    SIGNET_RETURN_IF_ERROR(AwaitActivatable(session, session.values().Get("key"), session.Now() + delay));
  }
}

absl::Status Disable(Session& session) { return Change(session, &KeyStub::DisableKey, "Disabled"); }

absl::Status Revoke(Session& session) {
  SIGNET_RETURN_IF_ERROR(ConfirmFor(session, "revoke"));
  const absl::Status status = Change(session, &KeyStub::RevokeKey, "Revoked");
  return GetReason(status) == reason::kKeyEnabled ? WithHint(status, "enable another key first, or pass --force") : status;
}

absl::Status Delete(Session& session) {
  SIGNET_RETURN_IF_ERROR(ConfirmFor(session, "delete"));
  return Change(session, &KeyStub::DeleteKey, "Deleted");
}

}  // namespace

std::vector<Command> KeyCommands() {
  const Parameter key = KeyParameter();
  const Parameter wide = {.name = "wide", .kind = ParameterKind::kBool, .doc = "Show all that is known of the key."};
  const auto force = [](std::string doc) {
    return Parameter{.name = "force", .kind = ParameterKind::kBool, .doc = std::move(doc)};
  };
  const std::vector<Parameter> where = Join({{RingParameter()}, ScopeParameters()});
  const std::string object = "security/token-key";
  return {
      {"create", object, "Create a signing key in the HSM. It is published, but does not sign until it is enabled.",
       Join({{{.name = "key",
               .value = "ID",
               .doc = "The id of the key, its kid. Default: its RFC 7638 thumbprint; in a key ring of the preset SAP_BTP, "
                      "default-jwt-key- and 10 hexadecimal digits."},
              wide},
             where,
             ChangeParameters()}),
       Create},
      {"list", object,
       "List the signing keys of a key ring, the oldest first. Those that verify nothing, such as revoked ones, are shown with "
       "--wide and as JSON alone.",
       Join({{{.name = "wide", .kind = ParameterKind::kBool, .doc = "Show all keys, with roles, states and what was signed."},
              {.name = "show-destroyed", .kind = ParameterKind::kBool, .doc = "Deleted keys too, with --wide or as JSON."}},
             where}),
       List},
      {"get", object, "Show a signing key.", Join({{key}, where}), Get},
      {"enable", object, "Enable a signing key. From now on it signs, and the key that did no longer does.",
       Join({{key, force("Enable it even if verifiers may not know it yet."),
              WaitParameter("Wait until verifiers know it, and show how long that is; then enable it. Ctrl-C changes nothing."),
              wide},
             where,
             ChangeParameters()}),
       Enable},
      {"disable", object, "Disable the key that signs. The key ring then has none; the key still verifies.",
       Join({{key, force("Disable it although no other key signs then."), wide}, where, ChangeParameters()}), Disable},
      {"revoke", object, "Revoke a signing key. It verifies nothing any more, at once and for ever; its private key is destroyed.",
       Join({{key, force("Revoke it even if it is the key that signs."), ConfirmParameter(), wide}, where, ChangeParameters()}),
       Revoke},
      {"delete", object,
       "Delete a signing key that is disabled or revoked. Its private key is destroyed; its id is never used again.",
       Join({{key, force("Delete it even if tokens that it signed can still be valid."), ConfirmParameter(), wide},
             where,
             ChangeParameters()}),
       Delete},
  };
}

}  // namespace signet::cli
