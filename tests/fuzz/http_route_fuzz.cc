// HTTP routes (server/http/routes.h). The input is the head of a request: "METHOD TARGET VERSION" and fields, one a line.

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "base/fake_clock.h"
#include "base/logger.h"
#include "base/random.h"
#include "server/core/health.h"
#include "server/core/metrics.h"
#include "server/http/http_backend.h"
#include "server/http/http_message.h"
#include "server/http/routes.h"
#include "server/http/testing/published_tenants.h"
#include "tests/fuzz/fuzz.h"

namespace signet::fuzz {
namespace {

struct Site {
  http::PublishedTenants tenants;
  core::Health health;
  core::Metrics metrics{"test"};
  NullLogger logger;
  FakeClock clock;
  SystemRandom random;
  http::HttpBackend backend = {.directory = tenants.directory(),
                               .health = health,
                               .metrics = metrics,
                               .logger = logger,
                               .clock = clock,
                               .random = random,
                               .public_url = http::kPublicUrl};
};

const Site& HealthySite() {
  static const Site& site = *new Site;
  return site;
}

const Site& FailingSite() {
  static const Site& site = *[] {
    Site* failing = new Site;
    failing->health.SetHsmOk(false);
    failing->health.SetStoreOk(false);
    return failing;
  }();
  return site;
}

http::Request MakeRequest(absl::string_view input) {
  const std::vector<absl::string_view> lines = absl::StrSplit(input, '\n');
  http::Request request;
  const std::vector<std::string> first = absl::StrSplit(lines[0], absl::MaxSplits(' ', 2));
  request.method = first[0];
  if (first.size() > 1) request.target = first[1];
  if (first.size() > 2) request.minor_version = absl::EndsWith(first[2], "0") ? 0 : 1;
  for (size_t i = 1; i < lines.size(); ++i) {
    std::pair<std::string, std::string> field = absl::StrSplit(lines[i], absl::MaxSplits(absl::ByString(": "), 1));
    request.fields.push_back(std::move(field));
  }
  return request;
}

bool IsDocumented(int status) {
  return status == 200 || status == 304 || status == 400 || status == 404 || status == 405 || status == 503;
}

void TestRequest(const Site& site, http::RouteSet routes, const http::Request& request) {
  const http::RoutedResponse routed = http::Route(site.backend, routes, request);
  const http::Response& response = routed.response;
  Require(IsDocumented(response.status), "the status is documented");
  Require(response.status != 503 || routed.route == "/readyz", "only /readyz is not available");
  Require(response.status != 503 || !site.health.ready(), "what is healthy is ready");
  Require(routes == http::RouteSet::kPublic || routed.route == "/livez" || routed.route == "/readyz" || routed.route == "other",
          "a probe's listener serves health alone");
  Require(routed.tenant.empty() || routed.tenant == "acme" || routed.tenant == "other", "the tenant exists");
  if (request.method == "HEAD" || response.status == 304) {
    Require(response.body.empty(), "HEAD and 304 have no content");
  } else {
    Require(response.body.size() == response.content_length, "the length is that of the body");
  }
  for (const auto& [name, value] : response.fields) {
    Require(!absl::StrContains(value, '\r') && !absl::StrContains(value, '\n'), "a field is one line");
  }
}

}  // namespace

void TestOneInput(absl::string_view input) {
  const http::Request request = MakeRequest(input);
  TestRequest(HealthySite(), http::RouteSet::kPublic, request);
  TestRequest(HealthySite(), http::RouteSet::kProbe, request);
  TestRequest(FailingSite(), http::RouteSet::kPublic, request);
}

}  // namespace signet::fuzz
