#include "clients/cli/issued_credential.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/error.h"
#include "base/secret.h"
#include "clients/cli/client_credential.h"
#include "clients/cli/credential_fields.h"
#include "clients/cli/credential_json.h"
#include "clients/cli/failure.h"
#include "nlohmann/json.hpp"

namespace signet::cli {
namespace {

// What the file gets: a credential file, as the configuration's admin_credential_file is; certificate and private key; or what was
// sealed, as it is.
Secret FileContent(const v1::IssuedCredential& reply) {
  const v1::Credential& credential = reply.credential();
  if (!reply.sealed_secret().empty()) return Secret(reply.sealed_secret() + "\n");
  if (!reply.client_secret().empty()) {
    return RenderCredentialFile({credential.client_id(), Secret(reply.client_secret()), credential.token_url()});
  }
  return Secret(absl::StrCat(credential.certificate().pem(), reply.private_key()));
}

// The texts of SAP's command line, and behind them Signet's own.
Fields FieldsOf(const v1::IssuedCredential& reply, const std::string& client_secret) {
  const v1::Credential& credential = reply.credential();
  Fields fields = {
      {"Name", IdOf(credential.name())},
      {"Credential Type", KindText(credential.kind())},
      {"Read-only", credential.read_only() ? "true" : "false"},
      {"Client Secret", client_secret},
      {"Certificate", credential.certificate().subject()},
      {"Client ID", credential.client_id()},
  };
  Fields own = WithoutEmpty({
      {"Token URL", credential.token_url()},
      {"Scopes", absl::StrJoin(credential.scopes(), " ")},
      {"Certificate valid until", DateOf(credential.certificate().not_after_time())},
      {"Expires", DateOf(credential.expire_time())},
      {"Sealed secret", reply.sealed_secret()},
  });
  fields.insert(fields.end(), own.begin(), own.end());
  return fields;
}

}  // namespace

std::vector<Parameter> DeliveryParameters() {
  return {
      {.name = "output",
       .value = "FILE",
       .doc = "Write what is shown once to this file, with mode 0600, instead of the screen: a secret as JSON with client_id, "
              "client_secret and token_url, as the configuration's admin_credential_file is.",
       .offer = Offer::kFiles},
      {.name = "seal-to",
       .kind = ParameterKind::kContent,
       .value = "JWK|@FILE|-",
       .doc = "Encrypt what is shown once to this public JWK: EC P-256, or RSA from 2048 bits."},
  };
}

absl::StatusOr<std::unique_ptr<PrivateFile>> OpenOutput(const Session& session) {
  const std::string file = session.values().Get("output");
  if (file.empty() || session.ValidateOnly()) return nullptr;
  absl::StatusOr<std::unique_ptr<PrivateFile>> output = PrivateFile::Create(file);
  if (!output.ok()) return Annotate(output.status(), "--output");
  return output;
}

absl::Status Deliver(Session& session, v1::IssuedCredential reply, PrivateFile* output) {
  const std::string name = IdOf(reply.credential().name());
  if (session.ValidateOnly()) session.Note(session.Headline(""));
  if (reply.secret_withheld()) {
    session.Warn(
        absl::StrCat("this is a repetition: the secret was in the first reply. If that was lost, make another one with "
                     "`signet rotate security/api-credential`, or delete '",
                     name, "'"));
  }
  std::string client_secret = reply.client_secret();
  if (const Secret content = FileContent(reply); output != nullptr && !content.empty()) {
    if (const absl::Status status = output->Commit(content.Expose()); !status.ok()) {
      return WithHint(Annotate(status, "--output"),
                      absl::StrCat("'", name, "' has changed, and what was to be written is lost: rotate or delete it"));
    }
    const bool has_secret = !client_secret.empty();
    reply.clear_client_secret();
    reply.clear_private_key();
    reply.clear_sealed_secret();
    client_secret = has_secret ? absl::StrCat("in ", session.values().Get("output")) : "";
    session.Note(absl::StrCat("Wrote ", session.values().Get("output")));
  }
  const std::string document = output != nullptr ? "" : absl::StrCat(reply.credential().certificate().pem(), reply.private_key());
  const nlohmann::ordered_json json = IssuedCredentialJson(reply);
  if (document.empty()) {
    session.printer().PrintReply(json, "", FieldsOf(reply, client_secret));
  } else {
    session.printer().PrintDocument(json, FieldsOf(reply, client_secret), document);
  }
  return absl::OkStatus();
}

}  // namespace signet::cli
