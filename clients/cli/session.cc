#include "clients/cli/session.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/utf8.h"
#include "clients/cli/content.h"
#include "clients/cli/failure.h"
#include "clients/cli/session_file.h"
#include "clients/cli/text.h"

namespace signet::cli {
namespace {

constexpr absl::Duration kTokenTimeout = absl::Seconds(30);

}  // namespace

Session::Session(const Command& command, const Values& values, const Configuration& configuration, const SessionOptions& options,
                 const Environment& environment)
    : command_(command),
      values_(values),
      configuration_(configuration),
      options_(options),
      environment_(environment),
      printer_(options.format, environment.out) {}

absl::StatusOr<std::string> Session::Tenant() const {
  std::vector<std::string> named;
  for (const char* scope : {"subaccount", "directory", "global-account"}) {
    if (values_.Has(scope)) named.push_back(scope);
  }
  const std::string hint = absl::StrCat("signet help ", command_.Name());
  if (named.size() > 1) return UsageError(absl::StrCat("--", named[0], " and --", named[1], " exclude each other"), hint);
  const Target& target = configuration_.target;
  const std::string scope = named.empty() ? target.scope : named[0];
  std::string id = values_.Get(scope);
  if (id.empty() && scope == target.scope) id = target.id;
  if (id.empty()) {
    return UsageError(scope == "subaccount" ? "no tenant is named, and none is targeted: pass --subaccount ID"
                                            : absl::StrCat("no ", scope, " is targeted: pass --", scope, " ID"),
                      hint);
  }
  return absl::StrCat("tenants/", id);
}

bool Session::NamesTenant() const {
  return values_.Has("subaccount") || values_.Has("directory") || values_.Has("global-account") ||
         !configuration_.target.id.empty();
}

absl::StatusOr<std::string> Session::Ring() const {
  SIGNET_ASSIGN_OR_RETURN(const std::string tenant, Tenant());
  return absl::StrCat(tenant, "/keyRings/", values_.Has("ring") ? values_.Get("ring") : "access-token");
}

absl::Status Session::Confirm(absl::string_view question) {
  if (ValidateOnly()) return absl::OkStatus();
  if (values_.Has("confirm")) return values_.IsTrue("confirm") ? absl::OkStatus() : Declined();
  if (!environment_.in_is_terminal) {
    return UsageError("this asks for confirmation, and there is no terminal to ask on: pass --confirm");
  }
  // Not on standard output, which may be piped to where nobody sees it.
  environment_.err << Printable(question) << " [no]> " << std::flush;
  std::string answer;
  std::getline(environment_.in, answer);
  answer = absl::AsciiStrToLower(absl::StripAsciiWhitespace(answer));
  return answer == "yes" || answer == "y" ? absl::OkStatus() : Declined();
}

bool Session::AsksForConfirmation() const { return !ValidateOnly() && !values_.Has("confirm") && environment_.in_is_terminal; }

void Session::Show(absl::string_view text) { environment_.err << text << std::flush; }

absl::StatusOr<std::string> Session::Content(absl::string_view parameter) {
  const std::string value = values_.Get(parameter);
  absl::StatusOr<std::string> content = ReadContent(value, environment_.in);
  if (!content.ok()) return Annotate(content.status(), absl::StrCat("--", parameter));
  if (!IsUtf8(*content)) return UsageError(absl::StrCat("--", parameter, " is not valid UTF-8"));
  if (absl::StripAsciiWhitespace(*content).empty()) {
    return UsageError(absl::StrCat("--", parameter, value == "-" ? ": standard input is empty" : " is empty"));
  }
  return content;
}

std::string Session::Headline(absl::string_view done) const {
  return ValidateOnly() ? "Checked only: nothing was changed" : Printable(done);
}

void Session::Warn(absl::string_view warning) {
  if (options_.format == Format::kText) environment_.err << "Warning: " << Printable(warning) << "\n";
}

void Session::Note(absl::string_view line) { environment_.err << Printable(line) << "\n" << std::flush; }

absl::Duration Session::TimeUntil(const google::protobuf::Timestamp& time) const {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos()) - Now();
}

absl::StatusOr<client::Client*> Session::Connect() {
  if (client_ == nullptr) {
    Tell("Server", configuration_.grpc_address);
    if (const auto& credential = configuration_.credential) {
      Tell("Client", credential->client_id);
      SIGNET_ASSIGN_OR_RETURN(token_source_,
                              client::TokenSource::Create({.token_url = credential->token_url,
                                                           .client_id = credential->client_id,
                                                           .client_secret = credential->client_secret,
                                                           .trust = {.ca_certificate = configuration_.ca_certificate_pem},
                                                           .token = configuration_.stored.token,
                                                           .timeout = std::min(options_.timeout, kTokenTimeout)},
                                                          environment_.clock));
    }
    SIGNET_ASSIGN_OR_RETURN(client_, client::Client::Create({.grpc_address = configuration_.grpc_address,
                                                             .ca_certificate = configuration_.ca_certificate_pem,
                                                             .call_timeout = options_.timeout,
                                                             .token_source = token_source_.get()},
                                                            environment_.random));
  }
  return client_.get();
}

void Session::KeepToken() {
  if (token_source_ == nullptr || !configuration_.stored.credential) return;
  const std::optional<client::AccessToken> token = token_source_->Current();
  const std::optional<client::AccessToken>& stored = configuration_.stored.token;
  if (!token || (stored && stored->token.Expose() == token->token.Expose())) return;
  // As it is now: another call may have logged out meanwhile, or in as somebody else.
  absl::StatusOr<StoredSession> now = ReadSessionFile(configuration_.session_path);
  if (!now.ok() || !now->credential || now->credential->client_id != configuration_.credential->client_id) return;
  now->token = token;
  const absl::Status status = WriteSessionFile(configuration_.session_path, *now);
  if (!status.ok()) Tell("The token was not stored", status.message());
}

std::string Session::RequestId(std::string chosen) {
  if (chosen.empty()) chosen = NewUuid(environment_.random);
  Tell("Request id", chosen);
  return chosen;
}

void Session::Tell(absl::string_view name, absl::string_view value) {
  if (options_.verbosity == Verbosity::kVerbose) environment_.err << name << ": " << Printable(value) << "\n";
}

}  // namespace signet::cli
