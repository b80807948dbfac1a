#ifndef SIGNET_SERVER_HTTP_SAP_COMMAND_H_
#define SIGNET_SERVER_HTTP_SAP_COMMAND_H_

#include <memory>
#include <nlohmann/json.hpp>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/core/access.h"
#include "server/core/principal.h"
#include "server/http/http_backend.h"
#include "server/http/sap_account.h"
#include "server/http/sap_body.h"
#include "server/http/sap_route_table.h"

namespace signet::http {

// SapCommand is a command of the command-line server that its caller may give: what it has to do, which blocks on store and HSM.
struct SapCommand {
  SapAccount account;
  absl::AnyInvocable<absl::StatusOr<nlohmann::ordered_json>()> run;
};

// SapOrder is what a caller has sent: what about, what to do, and with which parameters.
struct SapOrder {
  SapCall object;
  // Such as "create".
  absl::string_view action;
  const SapParameters& parameters;
  // The global account of the session; may be empty.
  absl::string_view session_subdomain;
};

// Reads an order, finds the account that it is about, and checks that `caller` may do it: by the rules of the RPCs that do the
// same. Waits for nothing.
//
//   security/token-key       list; create [key]; enable key [force]; delete key [force]; rotate [key] [force]
//                            each answers the settings of the account as SapSettings shows them
//   security/api-credential  create [name] [certificate] [readOnly]; get name; list; delete name; as SapCredentials
//   security/settings        list; update, with accessTokenValidity, refreshTokenValidity, rotateSigningKeyAutomatically; and with
//                            what Signet has not, which must be as it is shown: iFrameDomain, customEmailDomains, defaultIdp,
//                            treatUsersWithSameEmailAsSameUser, homeRedirect
//
// `confirm` is taken everywhere, and is the client's affair.
//   kNotFound          no such action; as FindSapAccount
//   kInvalidArgument   a parameter is missing, unknown or malformed; as FindSapAccount
//   kPermissionDenied  as core::CheckAccess
absl::StatusOr<SapCommand> MakeSapCommand(const HttpBackend& backend, const SapOrder& order,
                                          std::shared_ptr<const core::Principal> caller);

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_SAP_COMMAND_H_
