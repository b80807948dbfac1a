// Bodies of OAuth requests (server/http/form_body.h, server/http/oauth_request.h). An input is a body; if it does not begin with
// '{', it may have a line in front, which is the Authorization field.

#include <algorithm>
#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/secret.h"
#include "server/core/oauth_types.h"
#include "server/http/form_body.h"
#include "server/http/http_message.h"
#include "server/http/oauth_request.h"
#include "server/http/request_parameters.h"
#include "tests/fuzz/fuzz.h"

namespace signet::fuzz {
namespace {

using http::RequestParameters;

constexpr const char* kNames[] = {"grant_type", "client_id", "client_secret", "client_assertion", "client_assertion_type", "scope",
                                  "audience",   "resource",  "token"};

bool IsPrintable(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return absl::ascii_isprint(c); });
}
bool HasControl(absl::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return absl::ascii_iscntrl(c); });
}

std::string Encode(absl::string_view text) {
  std::string encoded;
  for (const unsigned char c : text) {
    if (absl::ascii_isalnum(c)) {
      encoded.push_back(static_cast<char>(c));
    } else {
      absl::StrAppendFormat(&encoded, "%%%02X", c);
    }
  }
  return encoded;
}

void TestText(absl::string_view input) {
  const auto decoded = http::DecodeFormText(input);
  if (!decoded) return;
  Require(decoded->size() <= input.size() && !HasControl(*decoded), "what is decoded is no longer, and has no control character");
  Require(http::DecodeFormText(Encode(*decoded)) == decoded, "text that is encoded is the same text");
}

void TestParameters(const absl::StatusOr<RequestParameters>& parameters) {
  if (!parameters.ok()) {
    Require(absl::IsInvalidArgument(parameters.status()) && IsPrintable(parameters.status().message()),
            "what is no form is an invalid argument");
    return;
  }
  std::string form;
  for (const char* name : kNames) {
    Require(!HasControl(parameters->Find(name)), "a value has no control character");
    absl::StrAppend(&form, "&", name, "=", Encode(parameters->Find(name)));
  }
  const absl::StatusOr<RequestParameters> again = http::ParseForm(form);
  Require(again.ok(), "parameters can be written as a form");
  for (const char* name : kNames) Require(again->Find(name) == parameters->Find(name), "and are the same there");
}

void RequireError(const core::OAuthError& error) {
  for (const char* known : {"invalid_request", "invalid_client", "unsupported_grant_type"}) {
    if (error.error == known) return Require(IsPrintable(error.description) && !error.description.empty(), "an error is described");
  }
  Require(false, "an error is documented");
}

void RequireEvidence(const core::ClientEvidence& client) {
  Require(!client.client_id.empty() || !client.assertion.empty(), "a client says who it is");
  Require(!client.secret || client.assertion.empty(), "a client authenticates in one way");
  Require(IsPrintable(client.client_id) && IsPrintable(client.assertion), "and in printable characters");
  Require(!client.secret || (!client.secret->empty() && IsPrintable(client.secret->Expose())), "and so is its secret");
}

void TestRequest(const http::Request& request, http::BodyForms forms) {
  const core::OAuthResult<RequestParameters> read = http::ReadParameters(request, forms);
  if (const auto* error = std::get_if<core::OAuthError>(&read)) {
    Require(error->error == "invalid_request", "a body that cannot be read is an invalid request");
    return RequireError(*error);
  }
  const auto& parameters = std::get<RequestParameters>(read);
  const core::OAuthResult<core::ClientEvidence> client = http::ReadClient(request, parameters);
  const core::OAuthResult<core::TokenRequest> token = http::ReadTokenRequest(request, parameters);
  if (const auto* error = std::get_if<core::OAuthError>(&client)) {
    RequireError(*error);
    Require(std::holds_alternative<core::OAuthError>(token), "nobody asks for a token without saying who");
  } else {
    RequireEvidence(std::get<core::ClientEvidence>(client));
  }
  if (const auto* error = std::get_if<core::OAuthError>(&token)) return RequireError(*error);
  const auto& asked = std::get<core::TokenRequest>(token);
  RequireEvidence(asked.client);
  Require(IsPrintable(asked.audience) && IsPrintable(asked.scope), "what is asked for is printable");
}

}  // namespace

void TestOneInput(absl::string_view input) {
  TestText(input);
  http::Request request = {.method = "POST", .target = "/oauth/token"};
  const size_t line = absl::StartsWith(input, "{") ? input.npos : input.find('\n');
  if (line != input.npos) {
    request.fields.emplace_back("Authorization", std::string(input.substr(0, line)));
    input.remove_prefix(line + 1);
  }
  TestParameters(http::ParseForm(input));
  TestParameters(http::ParseJsonForm(input));
  request.body = Secret(std::string(input));
  for (const char* type : {"application/x-www-form-urlencoded", "application/json; charset=utf-8", "text/plain"}) {
    http::Request typed = request;
    typed.fields.emplace_back("Content-Type", type);
    TestRequest(typed, http::BodyForms::kForm);
    TestRequest(typed, http::BodyForms::kFormOrJson);
  }
}

}  // namespace signet::fuzz
