// HTTP routes (server/http/routes.h). The input is a request: "METHOD TARGET VERSION", fields, one a line, and behind an empty line
// the body. The field Peer-Chain is what the client presented over TLS. What is made by each process has a name:
//   {secret}  that of the client "client-ci" of acme       {basic}  the same with its id, as Basic wants it
//   {chain}   the certificate of the client "client-node"  {token}  an access token of "client-ci"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "base/secret.h"
#include "hsm/hsm.h"
#include "server/core/oauth_types.h"
#include "server/core/rate_limiter.h"
#include "server/http/core_token_endpoint.h"
#include "server/http/http_backend.h"
#include "server/http/http_message.h"
#include "server/http/routes.h"
#include "server/http/testing/backend_parts.h"
#include "server/http/token_endpoint.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/oauth_site.h"
#include "tests/fuzz/token_input.h"

namespace signet::fuzz {
namespace {

// What a store that does not answer says to all.
class FailingTokenEndpoint final : public http::TokenEndpoint {
 public:
  core::OAuthResult<core::AccessToken> IssueToken(const keystore::TenantId&, const core::TokenRequest&, int) override {
    return Failure();
  }
  core::OAuthResult<std::string> Introspect(const keystore::TenantId&, const core::ClientEvidence&, absl::string_view) override {
    return Failure();
  }
  core::OAuthResult<std::monostate> Revoke(const keystore::TenantId&, const core::ClientEvidence&, absl::string_view) override {
    return Failure();
  }

 private:
  static core::OAuthError Failure() {
    return core::ToOAuthError(Error(absl::StatusCode::kUnavailable, reason::kStoreUnavailable, "the store does not answer"));
  }
};

// A server and, where it is healthy, the core behind its token endpoint; nothing limits its rates.
struct Site {
  http::BackendParts parts;
  core::RateLimiter rate_limiter{{}, parts.clock};
  OAuthSite oauth;
  std::vector<std::unique_ptr<hsm::Signer>> signers;
  http::CoreTokenEndpoint core_endpoint{oauth.process().oauth, signers};
  FailingTokenEndpoint failing_endpoint;
  const bool is_healthy;
  Replacements replacements;
  http::HttpBackend backend = {.directory = parts.tenants.directory(),
                               .health = parts.health,
                               .metrics = parts.metrics,
                               .logger = parts.logger,
                               .clock = parts.clock,
                               .random = parts.random,
                               .authenticator = parts.authenticator,
                               .rate_limiter = rate_limiter,
                               .token_endpoint = is_healthy ? static_cast<http::TokenEndpoint&>(core_endpoint) : failing_endpoint,
                               .token_executor = parts.token_executor,
                               .public_url = http::kPublicUrl};

  explicit Site(bool healthy) : is_healthy(healthy) {
    signers.push_back(oauth.process().services.hsm.CreateSigner());
    parts.health.SetHsmOk(healthy);
    parts.health.SetStoreOk(healthy);
    replacements = {{"{secret}", oauth.secret()},
                    {"{basic}", absl::Base64Escape(absl::StrCat("client-ci:", oauth.secret()))},
                    {"{chain}", oauth.peer_chain_pem()},
                    {"{token}", oauth.NewToken(oauth.SecretClient(), "")}};
  }
};

Site& HealthySite() {
  static Site& site = *new Site(true);
  return site;
}

Site& FailingSite() {
  static Site& site = *new Site(false);
  return site;
}

http::Request MakeRequest(const Site& site, absl::string_view input) {
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(input, absl::MaxSplits(absl::ByString("\n\n"), 1));
  const std::vector<absl::string_view> lines = absl::StrSplit(parts.first, '\n');
  http::Request request;
  const std::vector<std::string> first = absl::StrSplit(lines[0], absl::MaxSplits(' ', 2));
  request.method = first[0];
  if (first.size() > 1) request.target = first[1];
  if (first.size() > 2) request.minor_version = absl::EndsWith(first[2], "0") ? 0 : 1;
  for (size_t i = 1; i < lines.size(); ++i) {
    std::pair<std::string, std::string> field = absl::StrSplit(lines[i], absl::MaxSplits(absl::ByString(": "), 1));
    field.second = absl::StrReplaceAll(field.second, site.replacements);
    if (field.first == "Peer-Chain") {
      request.peer_chain_pem = field.second;
    } else {
      request.fields.push_back(std::move(field));
    }
  }
  request.body = Secret(absl::StrReplaceAll(parts.second, site.replacements));
  request.peer_address = "192.0.2.1";
  return request;
}

bool IsDocumented(int status) { return std::set<int>{200, 304, 400, 401, 403, 404, 405, 503}.count(status) != 0; }

bool IsOneLine(absl::string_view text) { return !absl::StrContains(text, '\r') && !absl::StrContains(text, '\n'); }

void TestResponse(const http::Request& request, const http::Response& response) {
  Require(IsDocumented(response.status), "the status is documented");
  const std::string& body = response.shared_body == nullptr ? response.body : *response.shared_body;
  if (request.method == "HEAD" || response.status == 304) {
    Require(body.empty(), "HEAD and 304 have no content");
  } else {
    Require(body.size() == response.content_length, "the length is that of the body");
  }
  for (const auto& [name, value] : response.fields) Require(IsOneLine(name) && IsOneLine(value), "a field is one line");
}

// Requires that nobody has succeeded at OAuth without the proof that a client has. No input has it but by name.
void RequireProven(const Site& site, const http::Request& request) {
  const auto holds = [&](absl::string_view proof) {
    const auto has_proof = [&](const auto& field) { return absl::StrContains(field.second, proof); };
    return absl::StrContains(request.body.Expose(), proof) || std::any_of(request.fields.begin(), request.fields.end(), has_proof);
  };
  Require(holds(site.oauth.secret()) || holds(absl::Base64Escape(absl::StrCat("client-ci:", site.oauth.secret()))) ||
              absl::StrContains(request.peer_chain_pem, site.oauth.peer_chain_pem()),
          "only a client who proves itself is served");
  Require(site.is_healthy, "nobody is served without the store");
}

// Does the work that a worker of the executor would.
void TestWork(Site& site, const http::Request& request, http::RoutedResponse& routed) {
  Require(routed.response.status == 503, "until the work is done, the server is busy");
  Require(routed.work.executor == &site.backend.token_executor && !routed.tenant.empty(), "work is a tenant's OAuth");
  site.oauth.Refresh();
  http::Response response = routed.work.run(0);
  http::Conclude(request.method, response);
  TestResponse(request, response);
  Require(response.status != 503 || !site.is_healthy, "what is healthy answers");
  if (response.status == 200) RequireProven(site, request);
}

void TestRequest(Site& site, const http::Serving& serving, absl::string_view input) {
  const http::Request request = MakeRequest(site, input);
  http::RoutedResponse routed = http::Route(site.backend, serving, request);
  TestResponse(request, routed.response);
  Require(serving.routes == http::RouteSet::kPublic || routed.route == "/livez" || routed.route == "/readyz" ||
              routed.route == "/metrics" || routed.route == http::kNoRoute,
          "a probe's listener serves health and metrics alone");
  Require(routed.tenant.empty() || routed.tenant == "acme" || routed.tenant == "other", "the tenant exists");
  if (routed.work.executor != nullptr) return TestWork(site, request, routed);
  Require(routed.response.status != 503 || (routed.route == "/readyz" && !site.is_healthy), "only /readyz is not available");
}

}  // namespace

void TestOneInput(absl::string_view input) {
  TestRequest(HealthySite(), {.routes = http::RouteSet::kPublic, .client_certificates = true}, input);
  TestRequest(HealthySite(), {.routes = http::RouteSet::kProbe}, input);
  TestRequest(FailingSite(), {.routes = http::RouteSet::kPublic}, input);
}

}  // namespace signet::fuzz
