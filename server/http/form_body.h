#ifndef SIGNET_SERVER_HTTP_FORM_BODY_H_
#define SIGNET_SERVER_HTTP_FORM_BODY_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/http/request_parameters.h"

namespace signet::http {

// Decodes one name or value of application/x-www-form-urlencoded: "+" is a space, "%" begins exactly two hexadecimal digits.
// Returns nullopt for anything else, for a byte that the encoding would have escaped (a space, a control character, one beyond
// ASCII), and for a control character that was escaped.
std::optional<std::string> DecodeFormText(absl::string_view text);

// Parses a body of application/x-www-form-urlencoded (RFC 6749 appendix B). A pair without "=" has an empty value; empty pairs are
// skipped. What the values mean, and whether they are UTF-8, is for others to judge.
//   kInvalidArgument  it is not of that form, a parameter has no name, and as RequestParameters::Add; the message quotes nothing
absl::StatusOr<RequestParameters> ParseForm(absl::string_view body);

// Parses a body of application/json, whose members are the parameters, as the SDKs of Auth0 send it: strings; a null is as good as
// absent.
//   kInvalidArgument  as core::ParseJsonObject; a member is of another type, holds a control character, or as
//                     RequestParameters::Add
absl::StatusOr<RequestParameters> ParseJsonForm(absl::string_view body);

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_FORM_BODY_H_
