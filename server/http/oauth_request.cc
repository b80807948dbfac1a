#include "server/http/oauth_request.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "server/http/form_body.h"

namespace signet::http {
namespace {

using core::ClientEvidence;
using core::OAuthError;

constexpr absl::string_view kAssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

OAuthError InvalidRequest(absl::string_view description) {
  return {.error = "invalid_request", .description = std::string(description)};
}
OAuthError InvalidClient(absl::string_view description) {
  return {.error = "invalid_client", .description = std::string(description)};
}

// VSCHAR of RFC 6749 appendix A.
bool IsPrintable(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return absl::ascii_isprint(c); });
}

// The media type in front of its parameters, in lower case.
std::string MediaTypeOf(const Request& request) {
  const std::vector<absl::string_view> values = FieldValues(request, "Content-Type");
  if (values.size() != 1) return "";
  return absl::AsciiStrToLower(absl::StripAsciiWhitespace(values[0].substr(0, values[0].find(';'))));
}

// Reads the value of a Basic Authorization: base64 of id and secret, each form-encoded, with a colon between.
core::OAuthResult<ClientEvidence> ReadBasic(absl::string_view authorization) {
  if (!absl::StartsWithIgnoreCase(authorization, "basic ")) {
    return InvalidClient("the Authorization field must be of the scheme Basic");
  }
  std::string decoded;
  const bool is_base64 = absl::Base64Unescape(absl::StripAsciiWhitespace(authorization.substr(6)), &decoded);
  const Secret pair(std::move(decoded));
  const size_t colon = pair.Expose().find(':');
  if (!is_base64 || colon == absl::string_view::npos) return InvalidClient("the Authorization field holds no client id and secret");
  std::optional<std::string> client_id = DecodeFormText(pair.Expose().substr(0, colon));
  std::optional<std::string> secret = DecodeFormText(pair.Expose().substr(colon + 1));
  if (!client_id || client_id->empty() || !secret || secret->empty()) {
    return InvalidClient("the client id and secret of the Authorization field must be form-encoded, and not empty");
  }
  ClientEvidence client;
  client.client_id = *std::move(client_id);
  client.secret = Secret(*std::move(secret));
  return client;
}

// The audience asked for; nullopt if it is asked for in two ways.
std::optional<std::string> ReadAudience(const RequestParameters& parameters) {
  const absl::string_view audience = parameters.Find("audience");
  const absl::string_view resource = parameters.Find("resource");
  if (!audience.empty() && !resource.empty() && audience != resource) return std::nullopt;
  return std::string(audience.empty() ? resource : audience);
}

}  // namespace

core::OAuthResult<RequestParameters> ReadParameters(const Request& request, BodyForms forms) {
  const std::string media_type = MediaTypeOf(request);
  absl::StatusOr<RequestParameters> parameters =
      absl::InvalidArgumentError("the Content-Type must be application/x-www-form-urlencoded");
  if (media_type == "application/x-www-form-urlencoded") {
    parameters = ParseForm(request.body.Expose());
  } else if (media_type == "application/json" && forms == BodyForms::kFormOrJson) {
    parameters = ParseJsonForm(request.body.Expose());
  }
  if (!parameters.ok()) return InvalidRequest(parameters.status().message());
  return *std::move(parameters);
}

core::OAuthResult<ClientEvidence> ReadClient(const Request& request, const RequestParameters& parameters) {
  const absl::string_view client_id = parameters.Find("client_id");
  const absl::string_view secret = parameters.Find("client_secret");
  const absl::string_view assertion = parameters.Find("client_assertion");
  const absl::string_view assertion_type = parameters.Find("client_assertion_type");
  const std::vector<absl::string_view> authorizations = FieldValues(request, "Authorization");
  if (authorizations.size() + (secret.empty() ? 0 : 1) + (assertion.empty() ? 0 : 1) > 1) {
    return InvalidRequest("the client must authenticate in one way");
  }

  ClientEvidence client;
  if (!authorizations.empty()) {
    core::OAuthResult<ClientEvidence> basic = ReadBasic(authorizations[0]);
    if (std::holds_alternative<OAuthError>(basic)) return basic;
    client = std::get<ClientEvidence>(std::move(basic));
    if (!client_id.empty() && client_id != client.client_id) {
      return InvalidRequest("client_id is not that of the Authorization field");
    }
  } else {
    client.client_id = std::string(client_id);
    if (!secret.empty()) client.secret = Secret(std::string(secret));
    client.assertion = std::string(assertion);
  }
  if (!assertion.empty() && assertion_type != kAssertionType) {
    return InvalidClient("client_assertion_type must be urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
  }
  if (client.client_id.empty() && client.assertion.empty()) return InvalidClient("the client does not authenticate");
  // Before anything is counted or looked up by it.
  if (client.client_id.size() > kMaxClientIdSize) return InvalidClient("the client_id is longer than any");
  if (!IsPrintable(client.client_id) || !IsPrintable(client.assertion) ||
      (client.secret && !IsPrintable(client.secret->Expose()))) {
    return InvalidRequest("a parameter of the client holds what is not printable ASCII");
  }
  client.peer_chain_pem = request.peer_chain_pem;
  return client;
}

core::OAuthResult<core::TokenRequest> ReadTokenRequest(const Request& request, const RequestParameters& parameters) {
  const absl::string_view grant_type = parameters.Find("grant_type");
  if (grant_type.empty()) return InvalidRequest("grant_type is missing");
  if (grant_type != "client_credentials")
    return OAuthError{.error = "unsupported_grant_type", .description = "grant_type must be client_credentials"};
  const absl::string_view scope = parameters.Find("scope");
  const std::optional<std::string> audience = ReadAudience(parameters);
  if (!audience) return InvalidRequest("audience and resource differ; one audience to a token");
  if (!IsPrintable(scope) || !IsPrintable(*audience)) {
    return InvalidRequest("scope, audience or resource holds what is not printable ASCII");
  }

  core::OAuthResult<ClientEvidence> client = ReadClient(request, parameters);
  if (OAuthError* const error = std::get_if<OAuthError>(&client)) return *error;
  return core::TokenRequest{
      .client = std::get<ClientEvidence>(std::move(client)), .audience = *audience, .scope = std::string(scope)};
}

}  // namespace signet::http
