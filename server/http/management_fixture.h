#ifndef SIGNET_SERVER_HTTP_MANAGEMENT_FIXTURE_H_
#define SIGNET_SERVER_HTTP_MANAGEMENT_FIXTURE_H_

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/core/executor.h"
#include "server/core/health.h"
#include "server/core/metrics.h"
#include "server/core/rate_limiter.h"
#include "server/core/testing/core_fixture.h"
#include "server/core/trusted_certificates.h"
#include "server/http/http_backend.h"
#include "server/http/http_message.h"
#include "server/http/testing/backend_parts.h"
#include "server/http/token_endpoint.h"

namespace signet::http {

// ManagementTest has the routes that manage keys and credentials, Auth0's and SAP's, over the core, with store and HSM in memory.
class ManagementTest : public core::CoreTest {
 protected:
  // All that the routes are served from, with `endpoint` behind the token URL.
  HttpBackend BackendWith(TokenEndpoint& endpoint);

  // The answer to a request, its work included.
  static Response Answer(const HttpBackend& backend, const Request& request);
  Response Send(const Request& request) { return Answer(backend_, request); }

  // Empty if the response has no such field.
  static std::string FieldOf(const Response& response, absl::string_view name);
  static std::vector<std::string> NamesOf(const nlohmann::ordered_json& object);

  core::Health health_;
  core::Metrics metrics_{"1.2.3"};
  FakeAuthenticator authenticator_;
  core::RateLimiter rate_limiter_{{.administrative = {.per_principal = {1, 100}, .per_tenant = {1, 100}},
                                   .signing = {},
                                   .token = {.per_principal = {1, 100}, .per_tenant = {1, 100}}},
                                  clock_};
  FakeTokenEndpoint token_endpoint_;
  core::TrustedCertificates authorities_;
  core::Executor executor_{{.workers = 1, .queue_limit = 4}};
  HttpBackend backend_ = BackendWith(token_endpoint_);
};

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_MANAGEMENT_FIXTURE_H_
