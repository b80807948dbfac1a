#ifndef SIGNET_SERVER_HTTP_TESTING_BACKEND_PARTS_H_
#define SIGNET_SERVER_HTTP_TESTING_BACKEND_PARTS_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "base/fake_clock.h"
#include "base/recording_logger.h"
#include "server/http/http_backend.h"
#include "server/http/testing/fake_token_endpoint.h"
#include "server/http/testing/published_tenants.h"

namespace signet::http {

// FakeAuthenticator knows the bearer tokens "system", which reaches all tenants, "acme", which reaches that one, and "profiled",
// which has a signing profile.
class FakeAuthenticator final : public core::Authenticator {
 public:
  absl::StatusOr<std::shared_ptr<const core::Principal>> Authenticate(const core::CallEvidence& evidence) override {
    if (evidence.authorization.empty()) {
      return Error(absl::StatusCode::kUnauthenticated, reason::kCredentialsMissing, "who calls?");
    }
    if (evidence.authorization == "Bearer system") return std::make_shared<const core::Principal>(core::LocalPrincipal());
    if (evidence.authorization == "Bearer acme") {
      return std::make_shared<const core::Principal>(core::Principal{
          .name = "tenants/acme/credentials/ci", .tenant = keystore::TenantId("acme"), .scopes = core::ScopeSet::All()});
    }
    if (evidence.authorization == "Bearer profiled") {
      core::Principal principal = core::LocalPrincipal();
      principal.signing_profile.audiences = {"https://orders.example"};
      return std::make_shared<const core::Principal>(std::move(principal));
    }
    return Error(absl::StatusCode::kUnauthenticated, reason::kBearerTokenInvalid, "no such token");
  }
};

// BackendParts is all that the routes are served from, with nothing behind the token endpoint. Clients may ask for 100 tokens at
// once, and a tenant's for 200.
struct BackendParts {
  static constexpr int kWorkers = 4;

  PublishedTenants tenants;
  core::Health health;
  core::Metrics metrics{"1.2.3"};
  RecordingLogger logger;
  FakeClock clock;
  SystemRandom random;
  FakeAuthenticator authenticator;
  core::RateLimiter rate_limiter{
      {.administrative = {}, .signing = {}, .token = {.per_principal = {1, 100}, .per_tenant = {1, 200}}}, clock};
  FakeTokenEndpoint token_endpoint;
  core::Executor token_executor{{.workers = kWorkers, .queue_limit = 4}};
  HttpBackend backend = {.directory = tenants.directory(),
                         .health = health,
                         .metrics = metrics,
                         .logger = logger,
                         .clock = clock,
                         .random = random,
                         .authenticator = authenticator,
                         .rate_limiter = rate_limiter,
                         .token_endpoint = token_endpoint,
                         .token_executor = token_executor,
                         .public_url = kPublicUrl};
};

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_TESTING_BACKEND_PARTS_H_
