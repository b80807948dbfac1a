#include "clients/cpp/token_source.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "nlohmann/json.hpp"

namespace signet::client {
namespace {

constexpr absl::Duration kMargin = absl::Minutes(1);
// For an endpoint that does not say (RFC 6749 section 5.1 only recommends it).
constexpr absl::Duration kUnknownLife = absl::Minutes(5);
constexpr int64_t kLongestLifeSeconds = 10LL * 365 * 24 * 3600;
constexpr size_t kMaxDescription = 300;

absl::Time RenewalOf(const AccessToken& token, absl::Time now) {
  return token.expire_time - std::min(kMargin, (token.expire_time - now) / 10);
}

std::string StringMember(const nlohmann::json& document, const char* name) {
  const auto member = document.is_object() ? document.find(name) : document.end();
  return member != document.end() && member->is_string() ? member->get<std::string>() : "";
}

absl::StatusCode CodeOf(absl::string_view oauth_error) {
  if (oauth_error == "invalid_client") return absl::StatusCode::kUnauthenticated;
  if (oauth_error == "temporarily_unavailable" || oauth_error == "server_error") return absl::StatusCode::kUnavailable;
  if (oauth_error == "unauthorized_client" || oauth_error == "invalid_scope" || oauth_error == "invalid_target") {
    return absl::StatusCode::kPermissionDenied;
  }
  return absl::StatusCode::kInvalidArgument;
}

// A token stands in a header, where anything else would make another of it.
bool IsTokenText(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isgraph(c); });
}

}  // namespace

absl::StatusOr<std::unique_ptr<TokenSource>> TokenSource::Create(TokenSourceOptions options, const Clock& clock) {
  if (!absl::StartsWith(options.token_url, "https://")) {
    return absl::InvalidArgumentError(absl::StrCat("the token URL '", options.token_url, "' is no https URL"));
  }
  if (options.client_id.empty()) return absl::InvalidArgumentError("the client has no id");
  if (options.client_secret.empty() == options.trust.client_certificate.empty()) {
    return absl::InvalidArgumentError("a client has either a secret or a certificate");
  }
  return std::unique_ptr<TokenSource>(new TokenSource(std::move(options), clock));
}

TokenSource::TokenSource(TokenSourceOptions options, const Clock& clock)
    : options_(std::move(options)), clock_(clock), token_(options_.token), outcome_(absl::UnavailableError("nothing was fetched")) {
  if (token_) renewal_ = RenewalOf(*token_, clock_.Now());
}

absl::StatusOr<Secret> TokenSource::Token() {
  {
    MutexLock lock(mutex_);
    if (IsFresh()) return token_->token;
    if (fetching_) {
      for (const int64_t before = fetches_; fetches_ == before;) fetched_.Wait(mutex_);
      SIGNET_RETURN_IF_ERROR(outcome_.status());
      return outcome_->token;
    }
    fetching_ = true;
  }
  absl::StatusOr<AccessToken> fetched = Fetch();
  MutexLock lock(mutex_);
  fetching_ = false;
  ++fetches_;
  outcome_ = std::move(fetched);
  fetched_.NotifyAll();
  SIGNET_RETURN_IF_ERROR(outcome_.status());
  token_ = *outcome_;
  renewal_ = RenewalOf(*token_, clock_.Now());
  return token_->token;
}

void TokenSource::Discard(const Secret& token) {
  MutexLock lock(mutex_);
  if (token_ && token_->token.Expose() == token.Expose()) token_.reset();
}

std::optional<AccessToken> TokenSource::Current() const {
  MutexLock lock(mutex_);
  return token_;
}

absl::Status TokenSource::Revoke() {
  const std::optional<AccessToken> token = Current();
  if (!token) return absl::OkStatus();
  Discard(token->token);
  absl::string_view base = options_.token_url;
  if (!absl::ConsumeSuffix(&base, "/oauth/token")) {
    return absl::UnimplementedError(absl::StrCat("no revocation endpoint is known beside ", options_.token_url));
  }
  HttpsRequest request;
  request.form.emplace_back("token", token->token);
  request.form.emplace_back("token_type_hint", Secret("access_token"));
  return Post(absl::StrCat(base, "/oauth/revoke"), std::move(request)).status();
}

bool TokenSource::IsFresh() const { return token_ && clock_.Now() < renewal_; }

absl::StatusOr<std::string> TokenSource::Post(const std::string& url, HttpsRequest request) const {
  request.url = url;
  request.timeout = options_.timeout;
  if (options_.client_secret.empty()) {
    request.form.emplace_back("client_id", Secret(options_.client_id));
  } else {
    // Encoded as a form is, before base64 (RFC 6749 section 2.3.1).
    const Secret encoded(FormEncoded(options_.client_secret.Expose()));
    const Secret pair(absl::StrCat(FormEncoded(options_.client_id), ":", encoded.Expose()));
    const Secret base64(absl::Base64Escape(pair.Expose()));
    request.authorization = Secret(absl::StrCat("Basic ", base64.Expose()));
  }
  SIGNET_ASSIGN_OR_RETURN(HttpsReply reply, PostForm(request, options_.trust));
  if (reply.status < 200 || reply.status > 299) return ErrorOf(url, reply);
  return std::move(reply.body);
}

absl::StatusOr<AccessToken> TokenSource::Fetch() const {
  HttpsRequest request;
  request.form.emplace_back("grant_type", Secret("client_credentials"));
  if (!options_.audience.empty()) request.form.emplace_back("audience", Secret(options_.audience));
  if (!options_.scope.empty()) request.form.emplace_back("scope", Secret(options_.scope));
  // Before it is sent: the token's life begins at the latest when the endpoint answers.
  const absl::Time now = clock_.Now();
  SIGNET_ASSIGN_OR_RETURN(const std::string body, Post(options_.token_url, std::move(request)));
  const nlohmann::json document = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
  const std::string token = StringMember(document, "access_token");
  // RFC 6750 and its predecessors write it in either case.
  if (!IsTokenText(token) || !absl::EqualsIgnoreCase(StringMember(document, "token_type"), "Bearer")) {
    return absl::InvalidArgumentError(absl::StrCat(options_.token_url, " is no token endpoint: its answer holds no bearer token"));
  }
  const auto life = document.find("expires_in");
  const bool has_life = life != document.end() && life->is_number_integer();
  const int64_t seconds = has_life ? std::clamp<int64_t>(life->get<int64_t>(), 0, kLongestLifeSeconds) : 0;
  return AccessToken{Secret(token), now + (has_life ? absl::Seconds(seconds) : kUnknownLife)};
}

absl::Status TokenSource::ErrorOf(const std::string& url, const HttpsReply& reply) const {
  const nlohmann::json document = nlohmann::json::parse(reply.body, nullptr, /*allow_exceptions=*/false);
  std::string error = StringMember(document, "error");
  std::string description = StringMember(document, "error_description");
  // What comes from elsewhere may repeat what it was sent.
  const absl::string_view secret = options_.client_secret.Expose();
  for (std::string* text : {&error, &description}) {
    if (text->size() > kMaxDescription || (!secret.empty() && absl::StrContains(*text, secret))) text->clear();
  }
  if (reply.status == 429) {
    return Error(absl::StatusCode::kResourceExhausted, reason::kRateLimited, absl::StrCat(url, ": too many requests"), {},
                 std::max(reply.retry_after, absl::Seconds(1)));
  }
  if (error.empty()) {
    const std::string message = absl::StrCat(url, " answered HTTP ", reply.status);
    if (reply.status >= 500) return absl::UnavailableError(message);
    if (reply.status == 401) return absl::UnauthenticatedError(message);
    return absl::InvalidArgumentError(absl::StrCat(message, ": it is no token endpoint"));
  }
  const absl::StatusCode code = reply.status >= 500 ? absl::StatusCode::kUnavailable : CodeOf(error);
  return Error(code, "", absl::StrCat(url, ": ", error, description.empty() ? "" : ": ", description), {{"oauth_error", error}});
}

}  // namespace signet::client
