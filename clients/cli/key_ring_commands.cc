#include "clients/cli/key_ring_commands.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "clients/cli/duration.h"
#include "clients/cli/parameters.h"
#include "clients/cli/session.h"
#include "google/protobuf/empty.pb.h"

namespace signet::cli {
namespace {

using KeyStub = v1::KeyService::Stub;

// As a value of a policy parameter, it takes the field back to its preset.
constexpr absl::string_view kDefault = "default";

std::string DurationText(bool is_set, const google::protobuf::Duration& duration) {
  return is_set ? WriteDuration(absl::Seconds(duration.seconds())) : "as the preset";
}

Fields Describe(const v1::KeyRing& ring) {
  const v1::KeyPolicy& policy = ring.policy();
  return {
      {"Name", IdOf(ring.name())},
      {"Algorithm", v1::Algorithm_Name(ring.algorithm())},
      {"Preset", v1::KeyPolicy::Preset_Name(policy.preset())},
      {"Max keys", policy.max_keys() == 0 ? "as the preset" : absl::StrCat(policy.max_keys())},
      {"Activation delay", DurationText(policy.has_activation_delay(), policy.activation_delay())},
      {"Min retention", DurationText(policy.has_min_retention(), policy.min_retention())},
      {"Retain until revoked", !policy.has_retain_until_revoked() ? "as the preset"
                               : policy.retain_until_revoked()    ? "yes"
                                                                  : "no"},
      {"Max token TTL", DurationText(policy.has_max_token_ttl(), policy.max_token_ttl())},
      {"JWKS max age", DurationText(policy.has_jwks_max_age(), policy.jwks_max_age())},
      {"Created", DateOf(ring.create_time())},
      {"Updated", DateOf(ring.update_time())},
  };
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
    SIGNET_ASSIGN_OR_RETURN(const v1::Algorithm algorithm, ParseEnum<v1::Algorithm>("algorithm", values.Get("algorithm")));
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
    policy.set_retain_until_revoked(values.IsTrue("retain-until-revoked"));
    mask.add_paths("policy.retain_until_revoked");
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
       .kind = ParameterKind::kBool,
       .doc = "Keep a key that signed until it is revoked, whatever --min-retention says."},
      {.name = "max-token-ttl", .value = "DURATION", .doc = "The longest life of a token: 1m to 366d."},
      {.name = "jwks-max-age", .value = "DURATION", .doc = "How long verifiers may cache the JWKS: 1s to 24h."},
  };
  const std::string object = "security/key-ring";
  return {
      {"create", object, "Create a key ring: the keys of one purpose.",
       Join({{name}, fields, ScopeParameters(), ChangeParameters()}), Create},
      {"list", object, "List the key rings of a tenant.", ScopeParameters(), List},
      {"get", object, "Show a key ring and its policy.", Join({{name}, ScopeParameters()}), Get},
      {"update", object,
       "Change a key ring. What is not named stays as it is; the value 'default' takes a number or a duration back to the "
       "preset's.",
       Join({{name}, fields, ScopeParameters(), ChangeParameters()}), Update},
      {"delete", object, "Delete a key ring. Its keys must all be deleted.",
       Join({{name, ConfirmParameter()}, ScopeParameters(), ChangeParameters()}), Delete},
  };
}

}  // namespace signet::cli
