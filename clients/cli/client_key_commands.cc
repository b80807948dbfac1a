#include "clients/cli/client_key_commands.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "clients/cli/credential_fields.h"
#include "clients/cli/parameters.h"
#include "clients/cli/session.h"

namespace signet::cli {
namespace {

using CredentialStub = v1::CredentialService::Stub;

absl::Status Create(Session& session) {
  v1::AddPublicKeyRequest request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_name(), CredentialName(session, "credential"));
  SIGNET_RETURN_IF_ERROR(SetPublicKey(session, *request.mutable_public_key()));
  if (session.values().Has("expires")) {
    SIGNET_ASSIGN_OR_RETURN(*request.mutable_public_key()->mutable_expire_time(),
                            ReadTimeOf("expires", session.values().Get("expires")));
  }
  SIGNET_ASSIGN_OR_RETURN(const v1::Credential credential, session.Call(&CredentialStub::AddPublicKey, request));
  session.printer().PrintReply(credential,
                               session.Headline(absl::StrCat("Added a public key to API credential '", IdOf(request.name()), "'")),
                               Describe(credential));
  return absl::OkStatus();
}

absl::Status Delete(Session& session) {
  const std::string id = session.values().Get("key");
  v1::RemovePublicKeyRequest request;
  SIGNET_ASSIGN_OR_RETURN(*request.mutable_name(), CredentialName(session, "credential"));
  request.set_public_key_id(id);
  const std::string what = absl::StrCat("public key '", id, "' from API credential '", IdOf(request.name()), "'");
  SIGNET_RETURN_IF_ERROR(session.Confirm(absl::StrCat("Do you really want to remove ", what, "?")));
  SIGNET_ASSIGN_OR_RETURN(const v1::Credential credential, session.Call(&CredentialStub::RemovePublicKey, request));
  session.printer().PrintReply(credential, session.Headline(absl::StrCat("Removed ", what)), Describe(credential));
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> ClientKeyCommands() {
  const Parameter credential = {.name = "credential",
                                .value = "NAME",
                                .doc = "The name of the credential.",
                                .occurrence = Occurrence::kRequired,
                                .offer = Offer::kCredentials};
  const std::string object = "security/api-credential-key";
  return {
      {"create", object, "Add a public key to an API credential of the kind public-key.",
       Join({{credential},
             PublicKeyParameters(Occurrence::kRequired),
             {{.name = "expires", .value = "TIME", .doc = "When the key ends to work. Default: with the credential."}},
             ScopeParameters(),
             ChangeParameters()}),
       Create},
      {"delete", object, "Remove a public key from an API credential. It verifies no assertion any more.",
       Join({{credential,
              {.name = "key", .value = "ID", .doc = "The kid of the public key.", .occurrence = Occurrence::kRequired},
              ConfirmParameter()},
             ScopeParameters(),
             ChangeParameters()}),
       Delete},
  };
}

}  // namespace signet::cli
