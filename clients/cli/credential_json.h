#ifndef SIGNET_CLIENTS_CLI_CREDENTIAL_JSON_H_
#define SIGNET_CLIENTS_CLI_CREDENTIAL_JSON_H_

#include "nlohmann/json_fwd.hpp"
#include "signet/v1/credential_service.pb.h"

namespace signet::cli {

// API credentials as SAP's command line writes them in JSON, for scripts that were written for it: its members in its order, and
// then `signet`, the API's message.
//
// The tenant's id stands for each of SAP's ids of an account, and a UUID of the client id for the serviceInstanceId. The xsappname
// is the client id without "sb-", as there is no application behind a client. `url` and `apiurl` are where the tenant answers, as
// the token URL tells: its first host alias, or its path below the server's URL; `uaadomain` is the same without "https://": SAP's
// libraries append "/token_keys". `certurl` has ".authentication.cert." for ".authentication." in a host alias. `identityzone` is
// the alias's first label, or the tenant's id. All are those of the server's own SAP BTP protocol.

// The reply to `create`. What is shown once stands among SAP's members alone; what is sealed, in `signet`.
nlohmann::ordered_json IssuedCredentialJson(const v1::IssuedCredential& reply);

// The reply to `get`.
nlohmann::ordered_json CredentialJson(const v1::Credential& credential);

// The reply to `list`: an array.
nlohmann::ordered_json CredentialListJson(const v1::ListCredentialsResponse& reply);

}  // namespace signet::cli

#endif  // SIGNET_CLIENTS_CLI_CREDENTIAL_JSON_H_
