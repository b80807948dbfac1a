#ifndef SIGNET_SERVER_HTTP_SAP_FIXTURE_H_
#define SIGNET_SERVER_HTTP_SAP_FIXTURE_H_

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

inline constexpr char kSettings[] = "/t/acme/sap/rest/authorization/v2/securitySettings";
inline constexpr char kTokenKey[] = "/command/v2.49.0/security/token-key";
inline constexpr char kCredential[] = "/command/v2.49.0/security/api-credential";
inline constexpr char kSettingsCommand[] = "/command/v2.49.0/security/settings";

// SapTest has SAP's routes over the core, with store and HSM in memory. The tenant is acme, whose ring access-token has the preset
// SAP_BTP.
class SapTest : public core::CoreTest {
 protected:
  SapTest();

  // All that the routes are served from, with `endpoint` behind the token URL.
  HttpBackend BackendWith(TokenEndpoint& endpoint);

  // The answer to a request, its work included.
  static Response Answer(const HttpBackend& backend, const Request& request);
  Response Send(const Request& request) { return Answer(backend_, request); }
  Response Rest(const std::string& method, const std::string& body = "", const std::string& authorization = "Bearer system",
                const std::string& target = kSettings);
  Response Patch(const std::string& mode, const std::string& key);
  // A command about acme.
  Response Command(const std::string& target, const nlohmann::ordered_json& more = nlohmann::ordered_json::object(),
                   const std::string& session = "system");
  Response CommandWith(const std::string& target, const std::string& body, const std::string& session = "system",
                       const Fields& more_fields = {});
  Response LogIn(const std::string& body, const std::string& version = "v2.49.0");

  static std::string FieldOf(const Response& response, absl::string_view name);
  static nlohmann::ordered_json Json(const Response& response);
  // Of a command: the HTTP status must be 200.
  static std::string BackendStatus(const Response& response);
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

#endif  // SIGNET_SERVER_HTTP_SAP_FIXTURE_H_
