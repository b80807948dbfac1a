#include "clients/cli/key_ring_commands.h"

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "clients/cli/duration.h"
#include "clients/cli/parameters.h"
#include "clients/cli/session.h"
#include "google/protobuf/empty.pb.h"

namespace signet::cli {
namespace {

using KeyStub = v1::KeyService::Stub;

// As the value of a policy parameter, it leaves the field to the preset.
constexpr absl::string_view kDefault = "default";

std::string TextOf(int count) { return absl::StrCat(count); }
std::string TextOf(bool flag) { return flag ? "yes" : "no"; }
std::string TextOf(const google::protobuf::Duration& duration) { return WriteDuration(absl::Seconds(duration.seconds())); }

// Writes the value in force of one field of the policy, and whether it comes from the preset.
template <typename Value>
std::string PolicyText(const v1::KeyRing& ring, bool is_set, Value (v1::KeyPolicy::*field)() const) {
  if (is_set) return TextOf((ring.policy().*field)());
  return absl::StrCat(TextOf((ring.effective_policy().*field)()), " (as the preset)");
}

Fields Describe(const v1::KeyRing& ring) {
  using Policy = v1::KeyPolicy;
  const Policy& policy = ring.policy();
  return {
      {"Name", IdOf(ring.name())},
      {"Algorithm", v1::Algorithm_Name(ring.algorithm())},
      {"Preset", v1::KeyPolicy::Preset_Name(policy.preset())},
      {"Max keys", PolicyText(ring, policy.max_keys() != 0, &Policy::max_keys)},
      {"Activation delay", PolicyText(ring, policy.has_activation_delay(), &Policy::activation_delay)},
      {"Min retention", PolicyText(ring, policy.has_min_retention(), &Policy::min_retention)},
      {"Retain until revoked", PolicyText(ring, policy.has_retain_until_revoked(), &Policy::retain_until_revoked)},
      {"Max token TTL", PolicyText(ring, policy.has_max_token_ttl(), &Policy::max_token_ttl)},
      {"JWKS max age", PolicyText(ring, policy.has_jwks_max_age(), &Policy::jwks_max_age)},
      {"Created", DateOf(ring.create_time())},
      {"Updated", DateOf(ring.update_time())},
  };
}

// Reads the name of an algorithm, whatever its case. One name is but a character from another (HS256 and ES256), so that only what
// a name begins with is taken as meant.
absl::StatusOr<v1::Algorithm> ParseAlgorithm(absl::string_view text) {
  v1::Algorithm algorithm = v1::ALGORITHM_UNSPECIFIED;
  if (v1::Algorithm_Parse(absl::AsciiStrToUpper(text), &algorithm) && algorithm != v1::ALGORITHM_UNSPECIFIED) return algorithm;
  std::vector<std::string> names;
  for (int i = 0; i < v1::Algorithm_descriptor()->value_count(); ++i) {
    const google::protobuf::EnumValueDescriptor& value = *v1::Algorithm_descriptor()->value(i);
    if (value.number() != v1::ALGORITHM_UNSPECIFIED) names.push_back(value.name());
  }
  return UsageError(absl::StrCat("--algorithm: '", text, "' is unknown", DidYouMeanToGoOn(text, names)),
                    "the algorithms are ES256, ES384, ES512 and ED25519; and RS256, RS384, RS512, PS256, PS384 and PS512 with a "
                    "length: _2048, _3072 or _4096");
}

absl::StatusOr<std::string> RingName(const Session& session) {
  SIGNET_ASSIGN_OR_RETURN(const std::string tenant, session.Tenant());
  return absl::StrCat(tenant, "/keyRings/", session.values().Get("name"));
}

// Sets the durations that parameters name.
absl::Status SetDurations(const Values& values, v1::KeyPolicy& policy, google::protobuf::FieldMask& mask) {
  struct Row {
    const char* parameter;
    const char* path;
    google::protobuf::Duration* (v1::KeyPolicy::*field)();
  };
  constexpr Row kRows[] = {
      {"activation-delay", "policy.activation_delay", &v1::KeyPolicy::mutable_activation_delay},
      {"min-retention", "policy.min_retention", &v1::KeyPolicy::mutable_min_retention},
      {"max-token-ttl", "policy.max_token_ttl", &v1::KeyPolicy::mutable_max_token_ttl},
      {"jwks-max-age", "policy.jwks_max_age", &v1::KeyPolicy::mutable_jwks_max_age},
  };
  for (const Row& row : kRows) {
    if (!values.Has(row.parameter)) continue;
    mask.add_paths(row.path);
    if (values.Get(row.parameter) == kDefault) continue;
    SIGNET_ASSIGN_OR_RETURN(*(policy.*row.field)(), ReadDurationOf(row.parameter, values.Get(row.parameter)));
  }
  return absl::OkStatus();
}

// Sets the fields that parameters name, and returns them as a mask.
absl::StatusOr<google::protobuf::FieldMask> SetFields(const Values& values, v1::KeyRing& ring) {
  google::protobuf::FieldMask mask;
  v1::KeyPolicy& policy = *ring.mutable_policy();
  if (values.Has("algorithm")) {
    SIGNET_ASSIGN_OR_RETURN(const v1::Algorithm algorithm, ParseAlgorithm(values.Get("algorithm")));
    ring.set_algorithm(algorithm);
    mask.add_paths("algorithm");
  }
  if (values.Has("preset")) {
    SIGNET_ASSIGN_OR_RETURN(const v1::KeyPolicy::Preset preset, ParseEnum<v1::KeyPolicy::Preset>("preset", values.Get("preset")));
    policy.set_preset(preset);
    mask.add_paths("policy.preset");
  }
  if (values.Has("max-keys")) {
    mask.add_paths("policy.max_keys");
    if (values.Get("max-keys") != kDefault) {
      SIGNET_ASSIGN_OR_RETURN(const int count, ParseCount("max-keys", values.Get("max-keys")));
      policy.set_max_keys(count);
    }
  }
  if (values.Has("retain-until-revoked")) {
    mask.add_paths("policy.retain_until_revoked");
    if (values.Get("retain-until-revoked") != kDefault) {
      policy.set_retain_until_revoked(values.IsTrue("retain-until-revoked"));
    }
  }
  SIGNET_RETURN_IF_ERROR(SetDurations(values, policy, mask));
  return mask;
}

absl::Status Create(Session& session) {
  v1::CreateKeyRingRequest request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_parent(), session.Tenant());
  request.set_key_ring_id(session.values().Get("name"));
  SIGNET_RETURN_IF_ERROR(SetFields(session.values(), *request.mutable_key_ring()).status());
  SIGNET_ASSIGN_OR_RETURN(const v1::KeyRing ring, session.Call(&KeyStub::CreateKeyRing, request));
  session.printer().PrintReply(ring, session.Headline(absl::StrCat("Created key ring '", IdOf(ring.name()), "'")), Describe(ring));
  return absl::OkStatus();
}

absl::Status List(Session& session) {
  v1::ListKeyRingsRequest request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_parent(), session.Tenant());
  SIGNET_ASSIGN_OR_RETURN(const v1::ListKeyRingsResponse reply, session.ListAll(&KeyStub::ListKeyRings, request));
  Table table{{"Name", "Algorithm", "Preset", "Created"}, {}};
  for (const v1::KeyRing& ring : reply.key_rings()) {
    table.rows.push_back({IdOf(ring.name()), v1::Algorithm_Name(ring.algorithm()),
                          v1::KeyPolicy::Preset_Name(ring.policy().preset()), DateOf(ring.create_time())});
  }
  session.printer().PrintList(reply, table);
  return absl::OkStatus();
}

absl::Status Get(Session& session) {
  v1::GetKeyRingRequest request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_name(), RingName(session));
  SIGNET_ASSIGN_OR_RETURN(const v1::KeyRing ring, session.Call(&KeyStub::GetKeyRing, request));
  session.printer().PrintReply(ring, "", Describe(ring));
  return absl::OkStatus();
}

absl::Status Update(Session& session) {
  v1::UpdateKeyRingRequest request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_key_ring()->mutable_name(), RingName(session));
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_update_mask(), SetFields(session.values(), *request.mutable_key_ring()));
  if (request.update_mask().paths().empty()) {
    return UsageError("there is nothing to update: pass --algorithm, --preset or another parameter of the policy",
                      "signet help update security/key-ring");
  }
  SIGNET_ASSIGN_OR_RETURN(const v1::KeyRing ring, session.Call(&KeyStub::UpdateKeyRing, request));
  session.printer().PrintReply(ring, session.Headline(absl::StrCat("Updated key ring '", IdOf(ring.name()), "'")), Describe(ring));
  return absl::OkStatus();
}

absl::Status Delete(Session& session) {
  const std::string id = session.values().Get("name");
  v1::DeleteKeyRingRequest request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_name(), RingName(session));
  SIGNET_RETURN_IF_ERROR(session.Confirm(absl::StrCat("Do you really want to delete key ring '", id, "'?")));
  SIGNET_ASSIGN_OR_RETURN(const google::protobuf::Empty reply, session.Call(&KeyStub::DeleteKeyRing, request));
  session.printer().PrintReply(reply, session.Headline(absl::StrCat("Deleted key ring '", id, "'")), {});
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> KeyRingCommands() {
  const Parameter name = {.name = "name", .value = "NAME", .doc = "The name of the key ring.", .occurrence = Occurrence::kRequired};
  const std::vector<Parameter> fields = {
      {.name = "algorithm",
       .value = "NAME",
       .doc = "The algorithm of its next keys; keys that exist keep theirs. ES256 (at creation the default), ES384, ES512; RS256, "
              "RS384, RS512, PS256, PS384, PS512 with a length, such as RS256_2048, _3072 or _4096; ED25519."},
      {.name = "preset",
       .value = "NAME",
       .doc = "Where what follows has its defaults: STANDARD (at creation the default), SAP_BTP, SAP_EDGE or AUTH0."},
      {.name = "max-keys", .value = "N", .doc = "How many live keys it may hold: 2 to 10."},
      {.name = "activation-delay", .value = "DURATION", .doc = "How long a key is published before it may sign: 0s to 30d."},
      {.name = "min-retention",
       .value = "DURATION",
       .doc = "How long a key that signed is kept after it was disabled, at least: 0s to 400d."},
      {.name = "retain-until-revoked",
       .kind = ParameterKind::kBoolOrDefault,
       .value = "BOOL|default",
       .doc = "Keep a key that signed until it is revoked, whatever --min-retention says."},
      {.name = "max-token-ttl", .value = "DURATION", .doc = "The longest life of a token: 1m to 366d."},
      {.name = "jwks-max-age", .value = "DURATION", .doc = "How long verifiers may cache the JWKS: 1s to 24h."},
  };
  const std::string object = "security/key-ring";
  const std::string presets = R"(Presets:
  Name      Max keys  Activation delay      Min retention  Retain until revoked
  STANDARD  3         as the JWKS max age   0s             no
  SAP_BTP   2         12h                   12h            no
  SAP_EDGE  2         0s                    0s             no
  AUTH0     3         0s                    0s             yes

  In all of them the max token TTL is 1d and the JWKS max age 5m. Whatever the min retention, a key
  is kept as long as a token that it signed can be valid.
)";
  return {
      {"create", object,
       "Create a key ring: the keys of one purpose. What is not named, or has the value 'default', is as the preset has it.",
       Join({{name}, fields, ScopeParameters(), ChangeParameters()}), Create, presets},
      {"list", object, "List the key rings of a tenant.", ScopeParameters(), List},
      {"get", object, "Show a key ring and its policy.", Join({{name}, ScopeParameters()}), Get},
      {"update", object,
       "Change a key ring. What is not named stays as it is; the value 'default' takes a number, a duration or a BOOL back to the "
       "preset's.",
       Join({{name}, fields, ScopeParameters(), ChangeParameters()}), Update, presets},
      {"delete", object, "Delete a key ring. Its keys must all be deleted.",
       Join({{name, ConfirmParameter()}, ScopeParameters(), ChangeParameters()}), Delete},
  };
}

}  // namespace signet::cli
