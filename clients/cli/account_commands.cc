#include "clients/cli/account_commands.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "clients/cli/parameters.h"
#include "clients/cli/session.h"
#include "google/protobuf/empty.pb.h"

namespace signet::cli {
namespace {

using TenantStub = v1::TenantService::Stub;

// AccountKind is a kind of tenants, as the command line calls it.
struct AccountKind {
  v1::Tenant::Kind kind;
  const char* object;
  const char* noun;
};

constexpr AccountKind kKinds[] = {
    {v1::Tenant::GLOBAL_ACCOUNT, "accounts/global-account", "global account"},
    {v1::Tenant::DIRECTORY, "accounts/directory", "directory"},
    {v1::Tenant::SUBACCOUNT, "accounts/subaccount", "subaccount"},
};

const AccountKind& KindOf(const Command& command) {
  for (const AccountKind& kind : kKinds) {
    if (command.object == kind.object) return kind;
  }
  std::abort();  // the rows below are made from kKinds
}

std::string TenantName(absl::string_view id) { return id.empty() ? "" : absl::StrCat("tenants/", id); }

Fields Describe(const v1::Tenant& tenant) {
  Fields fields = {
      {"ID", IdOf(tenant.name())},
      {"Kind", v1::Tenant::Kind_Name(tenant.kind())},
      {"Display name", tenant.display_name()},
      {"Parent", IdOf(tenant.parent())},
      {"Issuer", tenant.issuer()},
      {"Host aliases", absl::StrJoin(tenant.host_aliases(), ", ")},
      {"Created", DateOf(tenant.create_time())},
      {"Updated", DateOf(tenant.update_time())},
  };
  return fields;
}

// Gets a tenant, as long as it is of the kind that the command is for: all kinds share one space of ids, and a global account must
// not be deleted as a subaccount.
absl::StatusOr<v1::Tenant> GetOfKind(Session& session) {
  v1::GetTenantRequest request;
  request.set_name(TenantName(session.values().Get("id")));
  SIGNET_ASSIGN_OR_RETURN(v1::Tenant tenant, session.Call(&TenantStub::GetTenant, request));
  const AccountKind& wanted = KindOf(session.command());
  if (tenant.kind() != wanted.kind) {
    return Error(
        absl::StatusCode::kNotFound, reason::kTenantNotFound,
        absl::StrCat("'", session.values().Get("id"), "' is a ", v1::Tenant::Kind_Name(tenant.kind()), ", not a ", wanted.noun),
        {{"tenant", session.values().Get("id")}});
  }
  return tenant;
}

// Sets the fields that parameters name, and returns them as a mask.
google::protobuf::FieldMask SetFields(const Values& values, v1::Tenant& tenant) {
  google::protobuf::FieldMask mask;
  if (values.Has("display-name")) {
    tenant.set_display_name(values.Get("display-name"));
    mask.add_paths("display_name");
  }
  if (values.Has("parent")) {
    tenant.set_parent(TenantName(values.Get("parent")));
    mask.add_paths("parent");
  }
  if (values.Has("issuer")) {
    tenant.set_issuer(values.Get("issuer"));
    mask.add_paths("issuer");
  }
  if (values.Has("host-alias")) {
    for (const std::string& alias : values.All("host-alias")) {
      if (!alias.empty()) tenant.add_host_aliases(alias);
    }
    mask.add_paths("host_aliases");
  }
  return mask;
}

absl::Status Create(Session& session) {
  const AccountKind& kind = KindOf(session.command());
  v1::CreateTenantRequest request;
  request.set_tenant_id(session.values().Get("id"));
  request.mutable_tenant()->set_kind(kind.kind);
  SetFields(session.values(), *request.mutable_tenant());
  SIGNET_ASSIGN_OR_RETURN(const v1::Tenant tenant, session.Call(&TenantStub::CreateTenant, request));
  session.printer().PrintReply(tenant, session.Headline(absl::StrCat("Created ", kind.noun, " '", IdOf(tenant.name()), "'")),
                               Describe(tenant));
  return absl::OkStatus();
}

absl::Status List(Session& session) {
  v1::ListTenantsRequest request;
  request.set_parent(TenantName(session.values().Get("parent")));
  request.set_kind(KindOf(session.command()).kind);
  SIGNET_ASSIGN_OR_RETURN(const v1::ListTenantsResponse reply, session.ListAll(&TenantStub::ListTenants, request));
  Table table{{"ID", "Display Name", "Parent", "Created"}, {}};
  for (const v1::Tenant& tenant : reply.tenants()) {
    table.rows.push_back({IdOf(tenant.name()), tenant.display_name(), IdOf(tenant.parent()), DateOf(tenant.create_time())});
  }
  session.printer().PrintList(reply, table);
  return absl::OkStatus();
}

absl::Status Get(Session& session) {
  SIGNET_ASSIGN_OR_RETURN(const v1::Tenant tenant, GetOfKind(session));
  session.printer().PrintReply(tenant, "", Describe(tenant));
  return absl::OkStatus();
}

absl::Status Update(Session& session) {
  const AccountKind& kind = KindOf(session.command());
  v1::UpdateTenantRequest request;
  request.mutable_tenant()->set_name(TenantName(session.values().Get("id")));
  *request.mutable_update_mask() = SetFields(session.values(), *request.mutable_tenant());
  if (request.update_mask().paths().empty()) {
    return UsageError("there is nothing to update: pass at least one of --display-name, --parent, --issuer, --host-alias");
  }
  SIGNET_RETURN_IF_ERROR(GetOfKind(session).status());
  SIGNET_ASSIGN_OR_RETURN(const v1::Tenant tenant, session.Call(&TenantStub::UpdateTenant, request));
  session.printer().PrintReply(tenant, session.Headline(absl::StrCat("Updated ", kind.noun, " '", IdOf(tenant.name()), "'")),
                               Describe(tenant));
  return absl::OkStatus();
}

absl::Status Delete(Session& session) {
  const AccountKind& kind = KindOf(session.command());
  const std::string id = session.values().Get("id");
  // What is not there any more may have been deleted by this very request, which the server then remembers.
  if (absl::Status status = GetOfKind(session).status(); !status.ok()) {
    if (status.code() != absl::StatusCode::kNotFound || !session.values().Has("request-id")) return status;
  }
  SIGNET_RETURN_IF_ERROR(session.Confirm(absl::StrCat("Do you really want to delete ", kind.noun, " '", id, "'?")));
  v1::DeleteTenantRequest request;
  request.set_name(TenantName(id));
  SIGNET_ASSIGN_OR_RETURN(const google::protobuf::Empty reply, session.Call(&TenantStub::DeleteTenant, request));
  session.printer().PrintReply(reply, session.Headline(absl::StrCat("Deleted ", kind.noun, " '", id, "'")), {});
  return absl::OkStatus();
}

std::vector<Command> CommandsFor(const AccountKind& kind) {
  const std::string noun = kind.noun;
  const Parameter new_id = {
      .name = "id",
      .value = "ID",
      .doc = "The id: up to 63 lower-case letters, digits and hyphens, such as a GUID. Default: a random GUID."};
  const Parameter id = {.name = "id",
                        .value = "ID",
                        .doc = absl::StrCat("The id of the ", noun, "."),
                        .occurrence = Occurrence::kRequired,
                        .positional = true,
                        .offer = Offer::kTenants};
  const std::vector<Parameter> new_parent = {
      {.name = "parent", .value = "ID", .doc = "The global account or directory above.", .offer = Offer::kTenants}};
  const std::vector<Parameter> parent = {{.name = "parent",
                                          .value = "ID",
                                          .doc = "The global account or directory above. An empty value makes it a root.",
                                          .may_be_empty = true,
                                          .offer = Offer::kTenants}};
  const Parameter new_display_name = {
      .name = "display-name", .value = "TEXT", .doc = "A name for people. Default: the id.", .may_be_empty = true};
  const Parameter display_name = {.name = "display-name",
                                  .value = "TEXT",
                                  .doc = "A name for people. An empty value takes it back to the id.",
                                  .may_be_empty = true};
  const Parameter new_issuer = {.name = "issuer",
                                .value = "URL",
                                .doc =
                                    "The iss of its tokens: an https URL, exactly as verifiers expect it, be that with a slash at "
                                    "its end. Default: derived from the server's public URL.",
                                .may_be_empty = true};
  const Parameter issuer = {.name = "issuer",
                            .value = "URL",
                            .doc =
                                "The iss of its tokens: an https URL, exactly as verifiers expect it, be that with a slash at its "
                                "end. An empty value takes it back to the one derived from the server's public URL.",
                            .may_be_empty = true};
  const Parameter new_host_alias = {.name = "host-alias",
                                    .value = "HOST",
                                    .doc = "A host name that selects it over HTTP. Its clients get their tokens at the first one.",
                                    .occurrence = Occurrence::kRepeatable,
                                    .may_be_empty = true};
  const Parameter host_alias = {
      .name = "host-alias",
      .value = "HOST",
      .doc =
          "A host name that selects it over HTTP. Its clients get their tokens at the first one. The given ones replace all; "
          "an empty one alone removes all.",
      .occurrence = Occurrence::kRepeatable,
      .may_be_empty = true};
  const bool is_root = kind.kind == v1::Tenant::GLOBAL_ACCOUNT;
  const std::vector<Parameter> none;
  return {
      {"create", kind.object, absl::StrCat("Create a ", noun, " and its key ring access-token."),
       Join({{new_id, new_display_name}, is_root ? none : new_parent, {new_issuer, new_host_alias}, ChangeParameters()}), Create},
      {"list", kind.object, kind.kind == v1::Tenant::DIRECTORY ? "List directories." : absl::StrCat("List ", noun, "s."),
       is_root ? none
               : std::vector<Parameter>{{.name = "parent",
                                         .value = "ID",
                                         .doc = "Only those right below this one.",
                                         .offer = Offer::kTenants}},
       List},
      {"get", kind.object, absl::StrCat("Show a ", noun, "."), {id}, Get},
      {"update", kind.object, absl::StrCat("Change a ", noun, ". What is not named stays as it is."),
       Join({{id, display_name}, is_root ? none : parent, {issuer, host_alias}, ChangeParameters()}), Update},
      {"delete", kind.object,
       absl::StrCat("Delete a ", noun, ". It must own nothing any more: no tenants, no key rings but access-token, no keys."),
       Join({{id, ConfirmParameter()}, ChangeParameters()}), Delete},
  };
}

}  // namespace

std::vector<Command> AccountCommands() {
  std::vector<Command> commands;
  for (const AccountKind& kind : kKinds) {
    for (Command& command : CommandsFor(kind)) commands.push_back(std::move(command));
  }
  return commands;
}

}  // namespace signet::cli
