#include "clients/cli/wrapping_key_commands.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "clients/cli/parameters.h"
#include "clients/cli/session.h"
#include "clients/cli/text.h"

namespace signet::cli {
namespace {

using KeyStub = v1::KeyService::Stub;

Fields Describe(const v1::WrappingKey& key) {
  return WithoutEmpty({
      {"Wrapping key", IdOf(key.name())},
      {"State", v1::WrappingKey::State_Name(key.state())},
      {"Keys", absl::StrCat(key.wrapped_key_count())},
      {"Created", DateOf(key.create_time())},
      {"Current since", DateOf(key.current_time())},
      {"Former since", DateOf(key.former_time())},
      {"Destroyed", DateOf(key.destroy_time())},
  });
}

absl::Status List(Session& session) {
  SIGNET_ASSIGN_OR_RETURN(const v1::ListWrappingKeysResponse reply, session.ListAll(&KeyStub::ListWrappingKeys, {}));
  Table table{{"Wrapping Key", "State", "Keys", "Created", "Destroyed"}, {}};
  for (const v1::WrappingKey& key : reply.wrapping_keys()) {
    table.rows.push_back({IdOf(key.name()), v1::WrappingKey::State_Name(key.state()), absl::StrCat(key.wrapped_key_count()),
                          DateOf(key.create_time()), DateOf(key.destroy_time())});
  }
  session.printer().PrintList(reply, table);
  return absl::OkStatus();
}

absl::Status Rotate(Session& session) {
  SIGNET_RETURN_IF_ERROR(session.Confirm("Do you really want to make a new wrapping key?"));
  SIGNET_ASSIGN_OR_RETURN(const v1::WrappingKey key, session.Call(&KeyStub::RotateWrappingKey, v1::RotateWrappingKeyRequest()));
  session.printer().PrintReply(key, session.Headline("Made a new wrapping key; keys are wrapped anew from now on"), Describe(key));
  return absl::OkStatus();
}

absl::Status Delete(Session& session) {
  const std::string id = session.values().Get("key");
  v1::DestroyWrappingKeyRequest request;
  request.set_name(absl::StrCat("wrappingKeys/", id));
  SIGNET_RETURN_IF_ERROR(session.Confirm(
      absl::StrCat("Backups of the store that need wrapping key '", id, "' will be of no use. Do you really want to destroy it?")));
  SIGNET_ASSIGN_OR_RETURN(const v1::WrappingKey key, session.Call(&KeyStub::DestroyWrappingKey, request));
  session.printer().PrintReply(key, session.Headline(absl::StrCat("Destroyed wrapping key '", id, "'")), Describe(key));
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> WrappingKeyCommands() {
  const Parameter key = {.name = "key", .value = "ID", .doc = "The id of the wrapping key.", .occurrence = Occurrence::kRequired};
  const std::string object = "security/wrapping-key";
  return {
      {"list",
       object,
       "List the wrapping keys, and how many keys each has wrapped: of a FORMER one, how many are still to be wrapped anew.",
       {},
       List},
      {"rotate", object,
       "Make a new wrapping key. What the one before has wrapped is wrapped anew, one key after the other, while all sign on.",
       Join({ChangeParameters(), {ConfirmParameter()}}), Rotate},
      {"delete", object, "Destroy a FORMER wrapping key that wraps nothing any more.",
       Join({{key}, ChangeParameters(), {ConfirmParameter()}}), Delete},
  };
}

}  // namespace signet::cli
