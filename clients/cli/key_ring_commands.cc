#include "clients/cli/key_ring_commands.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "clients/cli/key_ring_fields.h"
#include "clients/cli/parameters.h"
#include "clients/cli/session.h"
#include "google/protobuf/empty.pb.h"

namespace signet::cli {
namespace {

using KeyStub = v1::KeyService::Stub;

absl::StatusOr<std::string> RingName(const Session& session) {
  SIGNET_ASSIGN_OR_RETURN(const std::string tenant, session.Tenant());
  return absl::StrCat(tenant, "/keyRings/", session.values().Get("name"));
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
  Table table{{"Name", "Algorithm", "Preset", "Automatic", "Created", "Next Rotation"}, {}};
  for (const v1::KeyRing& ring : reply.key_rings()) {
    table.rows.push_back({IdOf(ring.name()), v1::Algorithm_Name(ring.algorithm()),
                          v1::KeyPolicy::Preset_Name(ring.policy().preset()), ring.effective_policy().automatic() ? "yes" : "no",
                          DateOf(ring.create_time()), DateOf(ring.next_rotation_time())});
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
    return UsageError("there is nothing to update: pass --algorithm, --preset or another parameter",
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
  const Parameter name = {.name = "name",
                          .value = "NAME",
                          .doc = "The name of the key ring.",
                          .occurrence = Occurrence::kRequired,
                          .offer = Offer::kKeyRings};
  const std::vector<Parameter> fields = KeyRingParameters();
  const std::string object = "security/key-ring";
  return {
      {"create", object,
       "Create a key ring: the keys of one purpose. What is not named, or has the value 'default', is as the preset has it.",
       Join({{name}, fields, ScopeParameters(), ChangeParameters()}), Create, PresetTable()},
      {"list", object, "List the key rings of a tenant.", ScopeParameters(), List},
      {"get", object, "Show a key ring, its policy, its last rotation and its next.", Join({{name}, ScopeParameters()}), Get},
      {"update", object,
       "Change a key ring. What is not named stays as it is; the value 'default' takes a number, a duration or a BOOL back to the "
       "preset's, or to the default.",
       Join({{name}, fields, ScopeParameters(), ChangeParameters()}), Update, PresetTable()},
      {"delete", object, "Delete a key ring. Its keys must all be deleted.",
       Join({{name, ConfirmParameter()}, ScopeParameters(), ChangeParameters()}), Delete},
  };
}

}  // namespace signet::cli
