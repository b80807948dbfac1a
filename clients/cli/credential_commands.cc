#include "clients/cli/credential_commands.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "clients/cli/credential_fields.h"
#include "clients/cli/credential_json.h"
#include "clients/cli/issued_credential.h"
#include "clients/cli/parameters.h"
#include "clients/cli/scope_table.h"
#include "clients/cli/session.h"
#include "google/protobuf/empty.pb.h"
#include "nlohmann/json.hpp"

namespace signet::cli {
namespace {

using CredentialStub = v1::CredentialService::Stub;

absl::Status SetSeal(Session& session, std::string& jwk) {
  if (!session.values().Has("seal-to")) return absl::OkStatus();
  SIGNET_ASSIGN_OR_RETURN(jwk, session.Content("seal-to"));
  return absl::OkStatus();
}

absl::Status Create(Session& session) {
  v1::CreateCredentialRequest request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_parent(), session.Tenant());
  request.set_credential_id(session.values().Get("name"));
  SIGNET_RETURN_IF_ERROR(SetFields(session, request));
  SIGNET_RETURN_IF_ERROR(SetSeal(session, *request.mutable_seal_to_jwk()));
  SIGNET_ASSIGN_OR_RETURN(const std::unique_ptr<PrivateFile> output, OpenOutput(session));
  SIGNET_ASSIGN_OR_RETURN(v1::IssuedCredential reply, session.Call(&CredentialStub::CreateCredential, request));
  return Deliver(session, std::move(reply), output.get());
}

absl::Status List(Session& session) {
  v1::ListCredentialsRequest request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_parent(), session.Tenant());
  SIGNET_ASSIGN_OR_RETURN(const v1::ListCredentialsResponse reply, session.ListAll(&CredentialStub::ListCredentials, request));
  Table table{{"Name", "Credential Type", "Read-only", "Client ID", "Created", "Expires", "Last Used"}, {}};
  for (const v1::Credential& credential : reply.credentials()) {
    table.rows.push_back({IdOf(credential.name()), KindText(credential.kind()), credential.read_only() ? "true" : "false",
                          credential.client_id(), DateOf(credential.create_time()), DateOf(credential.expire_time()),
                          DateOf(credential.last_used_time())});
  }
  session.printer().PrintList(CredentialListJson(reply), table);
  return absl::OkStatus();
}

absl::Status Get(Session& session) {
  v1::GetCredentialRequest request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_name(), CredentialName(session, "name"));
  SIGNET_ASSIGN_OR_RETURN(const v1::Credential credential, session.Call(&CredentialStub::GetCredential, request));
  session.printer().PrintReply(CredentialJson(credential), "", Describe(credential));
  return absl::OkStatus();
}

absl::Status Delete(Session& session) {
  const std::string id = session.values().Get("name");
  v1::DeleteCredentialRequest request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_name(), CredentialName(session, "name"));
  SIGNET_RETURN_IF_ERROR(session.Confirm(absl::StrCat("Do you really want to delete API credential '", id, "'?")));
  SIGNET_ASSIGN_OR_RETURN(const google::protobuf::Empty reply, session.Call(&CredentialStub::DeleteCredential, request));
  session.printer().PrintReply(reply, session.Headline(absl::StrCat("Deleted API credential '", id, "'")), {});
  return absl::OkStatus();
}

absl::Status Rotate(Session& session) {
  const Values& values = session.values();
  v1::RotateSecretRequest request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_name(), CredentialName(session, "name"));
  if (values.Has("overlap")) {
    SIGNET_ASSIGN_OR_RETURN(*request.mutable_overlap(), ReadDurationOf("overlap", values.Get("overlap")));
  }
  if (values.Has("expires")) {
    SIGNET_ASSIGN_OR_RETURN(*request.mutable_expire_time(), ReadTimeOf("expires", values.Get("expires")));
  }
  SIGNET_RETURN_IF_ERROR(SetSeal(session, *request.mutable_seal_to_jwk()));
  SIGNET_ASSIGN_OR_RETURN(const std::unique_ptr<PrivateFile> output, OpenOutput(session));
  SIGNET_ASSIGN_OR_RETURN(v1::IssuedCredential reply, session.Call(&CredentialStub::RotateSecret, request));
  return Deliver(session, std::move(reply), output.get());
}

absl::Status Revoke(Session& session) {
  const std::string id = session.values().Get("name");
  const std::string secret = session.values().Get("secret");
  v1::RevokeSecretRequest request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_name(), CredentialName(session, "name"));
  request.set_secret_id(secret);
  SIGNET_RETURN_IF_ERROR(
      session.Confirm(absl::StrCat("Do you really want to revoke secret '", secret, "' of API credential '", id, "'?")));
  SIGNET_ASSIGN_OR_RETURN(const v1::Credential credential, session.Call(&CredentialStub::RevokeSecret, request));
  session.printer().PrintReply(CredentialJson(credential),
                               session.Headline(absl::StrCat("Revoked secret '", secret, "' of API credential '", id, "'")),
                               Describe(credential));
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> CredentialCommands() {
  const Parameter name = {.name = "name",
                          .value = "NAME",
                          .doc = "The name of the credential.",
                          .occurrence = Occurrence::kRequired,
                          .positional = true,
                          .offer = Offer::kCredentials};
  const std::string object = "security/api-credential";
  return {
      {"create", object,
       "Create an API credential. Its secret, or the private key that was made for it, is shown once, and never again.",
       Join({{{.name = "name",
               .value = "NAME",
               .doc = "The name: letters, digits and hyphens. Default: credential- and 10 random hexadecimal digits."}},
             CredentialParameters(),
             DeliveryParameters(),
             ScopeParameters(),
             ChangeParameters()}),
       Create, ScopeTable()},
      {"list", object, "List the API credentials of a tenant.", ScopeParameters(), List},
      {"get", object, "Show an API credential, without its secrets.", Join({{name}, ScopeParameters()}), Get},
      {"delete", object, "Delete an API credential. Its tokens stop working here at once; elsewhere they live until they expire.",
       Join({{name, ConfirmParameter()}, ScopeParameters(), ChangeParameters()}), Delete},
      {"rotate", object, "Make a new secret, which is shown once. The others end at once, or after the overlap.",
       Join({{name,
              {.name = "overlap", .value = "DURATION", .doc = "For how long the older secrets still work: up to 30d. Default: 0s."},
              {.name = "expires", .value = "TIME", .doc = "When the new secret ends to work. Default: with the credential."}},
             DeliveryParameters(),
             ScopeParameters(),
             ChangeParameters()}),
       Rotate},
      {"revoke", object, "End a secret at once.",
       Join({{name,
              {.name = "secret", .value = "ID", .doc = "Which secret; `get` shows their ids.", .occurrence = Occurrence::kRequired},
              ConfirmParameter()},
             ScopeParameters(),
             ChangeParameters()}),
       Revoke},
  };
}

}  // namespace signet::cli
