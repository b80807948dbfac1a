#include "clients/cli/rotation_commands.h"

#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "clients/cli/activation_wait.h"
#include "clients/cli/duration.h"
#include "clients/cli/failure.h"
#include "clients/cli/parameters.h"
#include "clients/cli/session.h"
#include "clients/cli/signing_key.h"
#include "clients/cli/text.h"

namespace signet::cli {
namespace {

using KeyStub = v1::KeyService::Stub;

// The keys that sign or have signed, and still verify: CURRENT, then PREVIOUS, the youngest first.
std::vector<v1::SigningKey> KeysInUse(const v1::ListKeysResponse& reply) {
  std::vector<v1::SigningKey> keys;
  for (auto key = reply.keys().rbegin(); key != reply.keys().rend(); ++key) {
    if (key->role() == v1::SigningKey::CURRENT || key->role() == v1::SigningKey::PREVIOUS) keys.push_back(*key);
  }
  std::stable_partition(keys.begin(), keys.end(), [](const auto& key) { return key.role() == v1::SigningKey::CURRENT; });
  return keys;
}

// What --purge does to `keys`, those in use, and to `all`, for the question; "" if it does nothing.
std::string PurgeText(const std::vector<v1::SigningKey>& keys, const v1::ListKeysResponse& all) {
  std::string text;
  const auto next_keys = std::count_if(all.keys().begin(), all.keys().end(),
                                       [](const v1::SigningKey& key) { return key.role() == v1::SigningKey::NEXT; });
  if (next_keys > 1) text = absl::StrCat("Of the ", next_keys, " NEXT keys one takes over; the others are revoked, too.\n\n");
  if (keys.empty()) return text;
  const std::string names = absl::StrJoin(
      keys, ", ", [](std::string* out, const v1::SigningKey& key) { absl::StrAppend(out, "'", Printable(key.kid()), "'"); });
  return absl::StrCat("--purge revokes ", names, ": all tokens that ", keys.size() == 1 ? "it" : "they",
                      " signed are refused at once, whatever their expiry.\n\n", text);
}

// Shows what there is to be rotated, before the user is asked.
void ShowKeys(Session& session, const std::vector<v1::SigningKey>& keys, absl::string_view purge_text) {
  Table table{{"Key ID", "Role", "Enabled", "Disabled", "Tokens valid until"}, {}};
  for (const v1::SigningKey& key : keys) {
    table.rows.push_back(
        {key.kid(), RoleText(key.role()), DateOf(key.enable_time()), DateOf(key.disable_time()), DateOf(key.token_expiry_bound())});
  }
  session.Show(absl::StrCat(keys.empty() ? "No key of the key ring signs, or verifies what it signed.\n" : RenderTable(table), "\n",
                            purge_text));
}

// SAP's command names the key that is to be superseded; a wrong one would say that the caller does not know the state.
absl::Status CheckIsCurrent(const std::string& id, const std::vector<v1::SigningKey>& keys) {
  if (keys.empty() || keys.front().role() != v1::SigningKey::CURRENT) {
    return UsageError(absl::StrCat("--key: '", id, "' is not the current key: the key ring has none"),
                      "leave it out; signet list security/token-key --wide");
  }
  if (keys.front().kid() == id) return absl::OkStatus();
  return UsageError(absl::StrCat("--key: '", id, "' is not the current key, which is '", keys.front().kid(), "'"),
                    "leave it out, or name the current key");
}

// Checks --key against the ring, and asks the user, who is shown what there is to be rotated.
absl::Status Prepare(Session& session, const std::string& ring) {
  const Values& values = session.values();
  const bool purge = values.IsTrue("purge");
  constexpr absl::string_view kQuestion = "Do you really want to rotate the signing keys?";
  // Without anybody to ask, it is said before anything is read.
  if (!session.AsksForConfirmation()) SIGNET_RETURN_IF_ERROR(session.Confirm(kQuestion));
  if (!session.AsksForConfirmation() && !values.Has("key")) return absl::OkStatus();

  v1::ListKeysRequest request;
  request.set_parent(ring);
  SIGNET_ASSIGN_OR_RETURN(const v1::ListKeysResponse reply, session.ListAll(&KeyStub::ListKeys, request));
  const std::vector<v1::SigningKey> keys = KeysInUse(reply);
  if (values.Has("key")) SIGNET_RETURN_IF_ERROR(CheckIsCurrent(values.Get("key"), keys));
  if (!session.AsksForConfirmation()) return absl::OkStatus();
  ShowKeys(session, keys, purge ? PurgeText(keys, reply) : "");
  return session.Confirm(purge ? "Do you really want to rotate the signing keys and revoke the earlier ones?" : kQuestion);
}

template <typename Names>
std::string IdsOf(const Names& names) {
  return absl::StrJoin(names, ", ", [](std::string* out, const std::string& name) { out->append(IdOf(name)); });
}

std::string HeadlineOf(const Session& session, const v1::RotateKeysResponse& reply) {
  const v1::Rotation& rotation = reply.rotation();
  if (rotation.has_activation_time()) {
    if (!reply.replayed()) return "Rotated signing keys";
    return absl::StrCat("Already rotated at ", DateOf(rotation.activation_time()), "; nothing was done");
  }
  std::string headline = reply.replayed() ? "The rotation is under way already" : "Started the rotation";
  for (const v1::SigningKey& key : reply.keys()) {
    if (key.name() != rotation.current() || !key.has_activatable_time()) continue;
    absl::StrAppend(&headline, "; key '", key.kid(), "' signs from ", DateOf(key.activatable_time()));
    const absl::Duration left = session.TimeUntil(key.activatable_time());
    if (left >= absl::Seconds(1)) absl::StrAppend(&headline, " (in ", WriteTimeUntil(left), ")");
  }
  return absl::StrCat(headline, reply.replayed() ? "; nothing was done" : "");
}

// Waits for the key that is to sign, if that was asked for; by itself only where somebody sits who was asked before: a script's
// terminal must not hold it up.
absl::Status AwaitRotation(Session& session, const v1::RotateKeysResponse& reply, bool is_attended) {
  const Values& values = session.values();
  const bool waits = values.Has("wait") ? values.IsTrue("wait") : is_attended && session.ErrIsTerminal();
  if (!waits || session.ValidateOnly() || reply.rotation().has_activation_time()) return absl::OkStatus();
  for (const v1::SigningKey& key : reply.keys()) {
    if (key.name() != reply.rotation().current()) continue;
    session.environment().out.flush();
    SIGNET_RETURN_IF_ERROR(AwaitActivation(session, key));
    session.Note(absl::StrCat("Key '", key.kid(), "' signs"));
  }
  return absl::OkStatus();
}

absl::Status Rotate(Session& session) {
  v1::RotateKeysRequest request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_name(), session.Ring());
  request.set_purge(session.values().IsTrue("purge"));
  request.set_force(session.values().IsTrue("force"));
  request.set_reason(session.values().Get("reason"));
  const bool is_attended = session.AsksForConfirmation();
  SIGNET_RETURN_IF_ERROR(Prepare(session, request.name()));
  const absl::StatusOr<v1::RotateKeysResponse> reply = session.Call(&KeyStub::RotateKeys, request);
  if (!reply.ok()) {
    // Where time alone makes no room, the failure tells of none.
    const std::optional<ErrorDetail> detail = GetErrorDetail(reply.status());
    const bool full = detail && detail->reason == reason::kKeyLimitReached && !detail->retry_delay;
    return full ? WithHint(reply.status(), "pass --force") : reply.status();
  }
  for (const std::string& warning : reply->warnings()) session.Warn(warning);
  const v1::Rotation& rotation = reply->rotation();
  session.printer().PrintReply(*reply, session.Headline(HeadlineOf(session, *reply)),
                               WithoutEmpty({
                                   {"Current", IdOf(rotation.current())},
                                   {"Superseded", IdOf(rotation.superseded())},
                                   {"Next", IdOf(rotation.next())},
                                   {"Revoked", IdsOf(rotation.revoked())},
                                   {"Retired", IdsOf(rotation.retired())},
                                   {"Rotation number", rotation.number() == 0 ? "" : absl::StrCat(rotation.number())},
                                   {"Started", DateOf(rotation.start_time())},
                                   {"Activated", DateOf(rotation.activation_time())},
                                   {"Effective", DateOf(reply->effective_time())},
                               }));
  return AwaitRotation(session, *reply, is_attended);
}

absl::Status Preview(Session& session) {
  using Step = v1::PreviewRotationResponse::Step;
  v1::PreviewRotationRequest request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_name(), session.Ring());
  if (session.values().Has("start")) {
    SIGNET_ASSIGN_OR_RETURN(*request.mutable_start_time(), ReadTimeOf("start", session.values().Get("start")));
  }
  request.set_purge(session.values().IsTrue("purge"));
  request.set_force(session.values().IsTrue("force"));
  SIGNET_ASSIGN_OR_RETURN(const v1::PreviewRotationResponse reply, session.Call(&KeyStub::PreviewRotation, request));
  Table table{{"Time", "In", "Action", "Key ID"}, {}};
  for (const Step& step : reply.steps()) {
    table.rows.push_back({DateOf(step.time()), WriteTimeUntil(session.TimeUntil(step.time())), Step::Action_Name(step.action()),
                          step.key().empty() ? "(new key)" : IdOf(step.key())});
  }
  session.printer().PrintList(reply, table);
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> RotationCommands() {
  const Parameter purge = {.name = "purge",
                           .kind = ParameterKind::kBool,
                           .doc =
                               "For a compromised key: revoke every other key in the same step; all earlier tokens are then "
                               "refused."};
  const Parameter force = {.name = "force",
                           .kind = ParameterKind::kBool,
                           .doc =
                               "Do not wait until verifiers can know the new key, and make room even if tokens of the key that "
                               "goes are still valid."};
  const std::vector<Parameter> where = Join({{RingParameter()}, ScopeParameters()});
  return {
      {"rotate", "security/token-key",
       "Rotate the signing keys of a key ring. The next key, made if it is missing, becomes the current one, once verifiers can "
       "know it; the one that was still verifies what it signed. Repeating it shortly after, or while it is under way, changes "
       "nothing.",
       Join({{purge,
              force,
              {.name = "reason", .value = "TEXT", .doc = "Why, for the audit trail: at most 256 bytes."},
              {.name = "key",
               .value = "ID",
               .doc = "The current key, for a check: any other is refused. Leave it out when you repeat a rotation.",
               .offer = Offer::kKeys},
              ConfirmParameter(),
              WaitParameter("Wait until the new key signs, and show how long that is. Ctrl-C ends the waiting, not the rotation. "
                            "Default: true where you were asked for confirmation, otherwise false.")},
             where,
             ChangeParameters()}),
       Rotate},
      {"preview", "security/rotation", "Show when a rotation would do what to which key. Changes nothing.",
       Join({{{.name = "start",
               .value = "TIME",
               .doc = "When it would start. Default: when the next automatic rotation is planned; now, if none is."},
              purge,
              force},
             where}),
       Preview,
       R"(Actions:
  PUBLISH             the key is made, and stands in the JWKS
  ACTIVATE            the key becomes the current one: new tokens are signed with it
  LAST_TOKEN_EXPIRES  the last token that the key signed, or can have signed by then, expires
  RETIRE              the key is deleted
  REVOKE              the key is revoked: its tokens are refused
)"},
  };
}

}  // namespace signet::cli
