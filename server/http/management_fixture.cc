#include "server/http/management_fixture.h"

#include "server/http/routes.h"

namespace signet::http {

HttpBackend ManagementTest::BackendWith(TokenEndpoint& endpoint) {
  return {.directory = directory(),
          .health = health_,
          .metrics = metrics_,
          .logger = log(),
          .clock = clock_,
          .random = random_,
          .authenticator = authenticator_,
          .rate_limiter = rate_limiter_,
          .token_endpoint = endpoint,
          .token_executor = executor_,
          .public_url = "https://signet.example",
          .management = ManagementBackend{.keys = keys(),
                                          .rings = rings(),
                                          .tenants = tenants(),
                                          .credentials = credentials(),
                                          .clients = live_credentials(),
                                          .authorities = authorities_,
                                          .executor = executor_}};
}

Response ManagementTest::Answer(const HttpBackend& backend, const Request& request) {
  RoutedResponse routed = Route(backend, Serving(), request);
  if (routed.work.executor == nullptr) return routed.response;
  return routed.work.run(0);
}

std::string ManagementTest::FieldOf(const Response& response, absl::string_view name) {
  for (const auto& [field, value] : response.fields) {
    if (field == name) return value;
  }
  return "";
}

std::vector<std::string> ManagementTest::NamesOf(const nlohmann::ordered_json& object) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object.items()) names.push_back(name);
  return names;
}

}  // namespace signet::http
