#include "server/http/routes.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/http/testing/backend_parts.h"

namespace signet::http {
namespace {

constexpr char kJwks[] = "/t/acme/.well-known/jwks.json";
constexpr char kDiscovery[] = "/t/acme/.well-known/openid-configuration";

std::string Field(const Response& response, const std::string& name) {
  for (const auto& [field_name, value] : response.fields) {
    if (field_name == name) return value;
  }
  return "";
}

std::string ReasonOf(const Response& response) {
  const auto problem = nlohmann::json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  return problem.is_object() ? problem.value("reason", "") : "";
}

// What clients of OAuth read an error by; "" if it has none as OAuth has it.
std::string OAuthErrorOf(const Response& response) {
  const auto error = nlohmann::json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  const bool has_form = Field(response, "Content-Type") == "application/json" && error.is_object() && error.size() == 2 &&
                        error.contains("error_description");
  return has_form ? error.value("error", "") : "";
}

class RoutesTest : public testing::Test {
 protected:
  RoutedResponse Send(const Request& request, RouteSet routes = RouteSet::kPublic) {
    RoutedResponse routed = Route(parts_.backend, {.routes = routes}, request);
    Response& response = routed.response;
    // As it is sent.
    if (response.shared_body != nullptr) response.body = *response.shared_body;
    return routed;
  }
  Response Get(const std::string& target, Fields more_fields = {}) {
    more_fields.emplace_back("Host", "signet.example:8444");
    return Send({.method = "GET", .target = target, .fields = std::move(more_fields)}).response;
  }
  // GET with that Host and no other field.
  RoutedResponse GetAtHost(const std::string& host, const std::string& target) {
    return Send({.method = "GET", .target = target, .fields = {{"host", host}}});
  }

  BackendParts parts_;
  PublishedTenants& tenants_ = parts_.tenants;
  core::Health& health_ = parts_.health;
  core::Metrics& metrics_ = parts_.metrics;
  FakeClock& clock_ = parts_.clock;
};

TEST_F(RoutesTest, TheJwksIsThatOfTheDirectoryAndMayBeCachedForItsMaxAge) {
  const Response response = Get(kJwks);
  EXPECT_EQ(response.status, 200);
  const auto snapshot = tenants_.directory().FindTenant(keystore::TenantId("acme"));
  const auto expected = tenants_.directory().FindJwks(snapshot);
  EXPECT_EQ(response.body, expected->json);
  EXPECT_EQ(response.content_length, response.body.size());
  EXPECT_EQ(Field(response, "ETag"), expected->etag);
  EXPECT_EQ(Field(response, "Content-Type"), "application/jwk-set+json");
  EXPECT_EQ(Field(response, "Cache-Control"), "public, max-age=300");
  EXPECT_EQ(Field(response, "Access-Control-Allow-Origin"), "*");
  const auto jwks = nlohmann::json::parse(response.body);
  ASSERT_EQ(jwks["keys"].size(), 1u);
  EXPECT_EQ(jwks["keys"][0]["kid"], "acme-key");
}

TEST_F(RoutesTest, FederationMetadataNeedsAKeyWithACertificateAndAClientThatCanStandInIt) {
  for (const char* path :
       {"/t/acme/samlp/metadata", "/t/acme/samlp/metadata/shop", "/t/acme/FederationMetadata/2007-06/FederationMetadata.xml",
        "/t/acme/wsfed/shop/FederationMetadata/2007-06/FederationMetadata.xml"}) {
    const Response response = Get(path);
    EXPECT_EQ(response.status, 404) << path;
    EXPECT_EQ(ReasonOf(response), "KEY_NOT_FOUND") << path;
  }
  for (const char* path : {"/t/acme/samlp/metadata/", "/t/acme/samlp/metadata/a%22b", "/t/acme/samlp/metadata/a/b"}) {
    const Response response = Get(path);
    EXPECT_EQ(response.status, 404) << path;
    EXPECT_EQ(ReasonOf(response), "PATH_NOT_FOUND") << path;
  }
  EXPECT_EQ(ReasonOf(Get("/t/nobody/samlp/metadata/shop")), "TENANT_NOT_FOUND");
  EXPECT_EQ(Send({.method = "POST", .target = "/t/acme/samlp/metadata", .fields = {{"Host", "x"}}}).response.status, 405);
}

TEST_F(RoutesTest, TheTagIsStrong) {
  const std::string etag = Field(Get(kJwks), "ETag");
  ASSERT_GT(etag.size(), 2u);
  EXPECT_EQ(etag.front(), '"');
  EXPECT_EQ(etag.back(), '"');
}

TEST_F(RoutesTest, WhoHasTheJwksIsToldSoWithoutABody) {
  const Response full = Get(kJwks);
  const std::string etag = Field(full, "ETag");
  for (const std::string& field : {etag, "W/" + etag, "\"x\", " + etag, std::string("*")}) {
    const Response response = Get(kJwks, {{"If-None-Match", field}});
    EXPECT_EQ(response.status, 304) << field;
    EXPECT_EQ(response.body, "");
    EXPECT_EQ(response.content_length, full.body.size());
    EXPECT_EQ(Field(response, "ETag"), etag);
    EXPECT_EQ(Field(response, "Cache-Control"), "public, max-age=300");
  }
  EXPECT_EQ(Get(kJwks, {{"If-None-Match", "\"x\""}, {"If-None-Match", etag}}).status, 304);
  EXPECT_EQ(Get(kJwks, {{"If-None-Match", "\"x\""}}).status, 200);
}

TEST_F(RoutesTest, ANewKeyChangesTheTag) {
  const std::string etag = Field(Get(kJwks), "ETag");
  tenants_.AddKey("second-key");
  const Response response = Get(kJwks, {{"If-None-Match", etag}});
  EXPECT_EQ(response.status, 200);
  EXPECT_NE(Field(response, "ETag"), etag);
}

TEST_F(RoutesTest, TheJwksMayBeCachedNoLongerThanUntilThePlannedChange) {
  const absl::Time rotation = tenants_.RotateAutomatically(clock_.Now(), absl::Hours(2));
  ASSERT_GE(rotation - clock_.Now(), absl::Hours(2));
  ASSERT_LE(rotation - clock_.Now(), absl::Minutes(122)) << "a hundredth of the period later at most";
  const std::string etag = Field(Get(kJwks), "ETag");
  const struct {
    absl::Duration before;
    const char* field;
  } cases[] = {{absl::Hours(1), "public, max-age=300"},
               {absl::Seconds(301), "public, max-age=300"},
               {absl::Seconds(299), "public, max-age=299"},
               {absl::Seconds(1.5), "public, max-age=1"},
               {absl::Milliseconds(1), "public, max-age=1"},
               // Overdue: it may be held up for long.
               {absl::Seconds(-1), "public, max-age=300"}};
  for (const auto& [before, field] : cases) {
    clock_.Advance(rotation - before - clock_.Now());
    const Response response = Get(kJwks);
    EXPECT_EQ(Field(response, "Cache-Control"), field) << before;
    EXPECT_EQ(Field(response, "ETag"), etag) << "time alone changes no content";
    EXPECT_EQ(Field(Get(kJwks, {{"If-None-Match", etag}}), "Cache-Control"), field) << before;
    EXPECT_EQ(Field(Get(kDiscovery), "Cache-Control"), field) << before;
  }
}

TEST_F(RoutesTest, DiscoveryIsCachedAsTheJwksIs) {
  for (const std::string path : {"openid-configuration", "oauth-authorization-server"}) {
    const Response response = Get(absl::StrCat("/t/acme/.well-known/", path));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(Field(response, "Content-Type"), "application/json");
    EXPECT_EQ(Field(response, "Cache-Control"), "public, max-age=300");
    EXPECT_EQ(Field(response, "Access-Control-Allow-Origin"), "*");
    EXPECT_EQ(nlohmann::json::parse(response.body)["issuer"], "https://signet.example:8444/t/acme");
  }
}

TEST_F(RoutesTest, ServerMetadataStandWhereEitherReadingOfRfc8414LooksForThem) {
  const Response response = Get("/t/acme/.well-known/oauth-authorization-server");
  EXPECT_EQ(Get("/.well-known/oauth-authorization-server/t/acme").body, response.body);
  EXPECT_EQ(GetAtHost("acme.example", "/.well-known/oauth-authorization-server").response.body, response.body);
  EXPECT_EQ(Get("/.well-known/oauth-authorization-server/t/nobody").status, 404);
  EXPECT_EQ(ReasonOf(Get("/.well-known/oauth-authorization-server/t/acme/")), "PATH_NOT_FOUND");
}

TEST_F(RoutesTest, AnIssuerOfTheTenantsOwnChangesNotWhereItsKeysAre) {
  const auto metadata = nlohmann::json::parse(Get("/t/other/.well-known/openid-configuration").body);
  EXPECT_EQ(metadata["issuer"], "https://login.other.example");
  EXPECT_EQ(metadata["jwks_uri"], "https://signet.example:8444/t/other/.well-known/jwks.json");
  EXPECT_EQ(metadata["id_token_signing_alg_values_supported"], nlohmann::json::array());
}

TEST_F(RoutesTest, TheHostNamesTheTenantRegardlessOfPortAndCase) {
  for (const std::string host : {"acme.example", "acme.example:8444", "ACME.Example:443", "localhost", "LOCALHOST:1"}) {
    const RoutedResponse routed = GetAtHost(host, "/.well-known/jwks.json");
    EXPECT_EQ(routed.response.status, 200) << host;
    EXPECT_EQ(routed.tenant, "acme");
    EXPECT_EQ(routed.route, "/.well-known/jwks.json");
  }
  EXPECT_EQ(GetAtHost("acme.example", "/.well-known/openid-configuration").response.body, Get(kDiscovery).body);
}

TEST_F(RoutesTest, AHostThatIsNobodysAliasHasNoTenant) {
  for (const std::string host : {"", ":8444", "example", "acme.example.evil", "[::1]:8444", "[::1", "acme.example/", "\xff", "t"}) {
    const RoutedResponse routed = GetAtHost(host, "/.well-known/jwks.json");
    EXPECT_EQ(routed.response.status, 404) << host;
    EXPECT_EQ(ReasonOf(routed.response), "TENANT_NOT_FOUND") << host;
    EXPECT_EQ(routed.tenant, "");
  }
}

TEST_F(RoutesTest, Http11NeedsExactlyOneHost) {
  const Response none = Send({.method = "GET", .target = kJwks}).response;
  EXPECT_EQ(none.status, 400);
  EXPECT_EQ(ReasonOf(none), "REQUEST_MALFORMED");
  const Response two =
      Send({.method = "GET", .target = kJwks, .fields = {{"Host", "acme.example"}, {"host", "acme.example"}}}).response;
  EXPECT_EQ(two.status, 400);
  EXPECT_EQ(ReasonOf(two), "REQUEST_MALFORMED");
}

TEST_F(RoutesTest, Http10NeedsNoHostButThenThePathMustNameTheTenant) {
  EXPECT_EQ(Send({.method = "GET", .target = kJwks, .minor_version = 0}).response.status, 200);
  const Response response = Send({.method = "GET", .target = "/.well-known/jwks.json", .minor_version = 0}).response;
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(ReasonOf(response), "TENANT_NOT_FOUND");
}

TEST_F(RoutesTest, TheHostOfAnAbsoluteTargetGoesBeforeTheField) {
  EXPECT_EQ(GetAtHost("nobody.example", "https://acme.example:8444/.well-known/jwks.json?x=1").response.status, 200);
  EXPECT_EQ(GetAtHost("acme.example", "HTTP://nobody.example/.well-known/jwks.json").response.status, 404);
  EXPECT_EQ(GetAtHost("acme.example", "http://acme.example").response.status, 404);
}

TEST_F(RoutesTest, TheQueryIsIgnored) { EXPECT_EQ(Get(absl::StrCat(kJwks, "?kid=acme-key&/../x")).status, 200); }

TEST_F(RoutesTest, TheTokenKeysAreThoseOfTheTenantThatZidNamesWhateverHostAndPathSay) {
  const Response acme = Get("/t/acme/token_keys");
  EXPECT_EQ(acme.status, 200);
  EXPECT_NE(acme.body.find("acme-key"), std::string::npos);
  for (const std::string target :
       {"/token_keys?zid=acme", "/token_keys?x=1&zid=%61cme&y", "/t/other/token_keys?zid=acme", "/t/nobody/token_keys?zid=acme",
        "https://nobody.example/token_keys?zid=acme", "/t/acme/token_keys?zid="}) {
    const RoutedResponse routed = GetAtHost("nobody.example", target);
    EXPECT_EQ(routed.response.body, acme.body) << target;
    EXPECT_EQ(routed.tenant, "acme") << target;
  }
  EXPECT_EQ(GetAtHost("acme.example", "/token_keys").response.body, acme.body);
  EXPECT_EQ(GetAtHost("acme.example", "/token_keys?zid=other").response.body, R"({"keys":[]})");
}

TEST_F(RoutesTest, AnUnknownZidIsABadRequestAndAnUnknownHostIsNotFound) {
  for (const std::string path : {"/token_keys", "/token_key"}) {
    for (const std::string query : {"zid=nobody", "zid=ACME", "zid=acme&zid=acme", "zid=%", "zid=acme%00", "zid=..%2facme"}) {
      const Response response = GetAtHost("acme.example", absl::StrCat(path, "?", query)).response;
      EXPECT_EQ(response.status, 400) << query;
      EXPECT_EQ(response.body, R"({"error":"invalid_request","error_description":"The parameter zid is not the id of a tenant."})");
    }
    for (const Response& response : {GetAtHost("nobody.example", path).response, Get(absl::StrCat("/t/nobody", path))}) {
      EXPECT_EQ(response.status, 404);
      EXPECT_EQ(OAuthErrorOf(response), "not_found");
      EXPECT_EQ(Field(response, "Access-Control-Allow-Origin"), "*");
    }
  }
}

TEST_F(RoutesTest, ATenantWithoutASigningKeyHasNoTokenKey) {
  const Response response = Get("/t/acme/token_key");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(OAuthErrorOf(response), "not_found");
}

TEST_F(RoutesTest, AnUnknownTenantIsNotFound) {
  for (const std::string tenant :
       {"nobody", "ACME", "acm%65", "%2e%2e", "..", ".", "", "acme%2F", "acme%00", "acme ", "\xff\xfe"}) {
    const RoutedResponse routed = GetAtHost("acme.example", absl::StrCat("/t/", tenant, "/.well-known/jwks.json"));
    EXPECT_EQ(routed.response.status, 404) << tenant;
    EXPECT_EQ(ReasonOf(routed.response), "TENANT_NOT_FOUND") << tenant;
    EXPECT_EQ(routed.route, "/t/{tenant}/.well-known/jwks.json");
    EXPECT_EQ(Field(routed.response, "Cache-Control"), "no-store");
  }
  EXPECT_EQ(Get(absl::StrCat("/t/", std::string(4000, 'a'), "/.well-known/jwks.json")).status, 404);
}

TEST_F(RoutesTest, APathThatIsNoRouteIsNotFound) {
  for (const std::string path : {"/",
                                 "",
                                 "*",
                                 "/t",
                                 "/t/",
                                 "/t/acme",
                                 "/t/acme/",
                                 "/t/acme/livez",
                                 "/oauth",
                                 "/oauth/token/",
                                 "/oauth/authorize",
                                 "/t/acme/oauth/tokens",
                                 "/.well-known/oauth-authorization-server/acme",
                                 "/t/acme/metrics",
                                 "/t/acme/x/.well-known/jwks.json",
                                 "/t/../t/acme/.well-known/jwks.json",
                                 "/t/acme/../acme/.well-known/jwks.json",
                                 "//livez",
                                 "/livez/",
                                 "/LIVEZ",
                                 "/live%7a",
                                 "/.well-known",
                                 "/.well-known/jwks.json/",
                                 "/%2ewell-known/jwks.json",
                                 "livez",
                                 "\xff"}) {
    const RoutedResponse routed = GetAtHost("acme.example", path);
    EXPECT_EQ(routed.response.status, 404) << path;
    EXPECT_EQ(ReasonOf(routed.response), "PATH_NOT_FOUND") << path;
    EXPECT_EQ(routed.route, kNoRoute);
  }
}

TEST_F(RoutesTest, AnErrorIsAProblemDocument) {
  const Response response = Get("/nothing");
  EXPECT_EQ(Field(response, "Content-Type"), "application/problem+json");
  EXPECT_EQ(response.content_length, response.body.size());
  const auto problem = nlohmann::json::parse(response.body);
  EXPECT_EQ(problem["type"], "about:blank");
  EXPECT_EQ(problem["title"], "Not Found");
  EXPECT_EQ(problem["status"], 404);
}

TEST_F(RoutesTest, OnlyGetAndHeadAreAllowed) {
  for (const std::string method : {"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "get"}) {
    for (const std::string target : {kJwks, kDiscovery, "/.well-known/jwks.json", "/livez", "/readyz", "/metrics"}) {
      const Response response = Send({.method = method, .target = target, .fields = {{"Host", "acme.example"}}}).response;
      EXPECT_EQ(response.status, 405) << method << target;
      EXPECT_EQ(ReasonOf(response), "METHOD_NOT_ALLOWED");
      EXPECT_EQ(Field(response, "Allow"), "GET, HEAD");
    }
  }
}

TEST_F(RoutesTest, HeadAnswersAsGetDoesWithoutTheBody) {
  for (const std::string target : {kJwks, kDiscovery, "/livez", "/readyz", "/nothing"}) {
    const Response get = Get(target);
    const Response head = Send({.method = "HEAD", .target = target, .fields = {{"Host", "signet.example"}}}).response;
    EXPECT_EQ(head.status, get.status) << target;
    EXPECT_EQ(head.fields, get.fields);
    EXPECT_EQ(head.content_length, get.body.size());
    EXPECT_EQ(head.body, "");
  }
}

TEST_F(RoutesTest, LivezSaysThatTheProcessAnswersWhateverFails) {
  health_.SetHsmOk(false);
  health_.SetStoreOk(false);
  EXPECT_EQ(Get("/livez").status, 200);
}

TEST_F(RoutesTest, ReadyzSaysWhatIsWrong) {
  EXPECT_EQ(Get("/readyz").status, 200);
  EXPECT_EQ(Get("/readyz").body, "{\"ready\":true}\n");

  const auto expect = [&](const std::string& reason, const nlohmann::json& failing) {
    const Response response = Get("/readyz");
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(Field(response, "Content-Type"), "application/problem+json");
    EXPECT_EQ(Field(response, "Cache-Control"), "no-store");
    EXPECT_EQ(ReasonOf(response), reason);
    EXPECT_EQ(nlohmann::json::parse(response.body)["failing"], failing);
  };
  health_.SetStoreOk(false);
  expect("STORE_UNAVAILABLE", {"store"});
  health_.SetHsmOk(false);
  expect("HSM_UNAVAILABLE", {"hsm", "store"});
  health_.SetStoreOk(true);
  expect("HSM_UNAVAILABLE", {"hsm"});
  health_.SetDraining();
  expect("SHUTTING_DOWN", {"draining", "hsm"});
}

TEST_F(RoutesTest, MetricsAreInTheTextFormatForWhoReachesAllTenants) {
  const Response response = Get("/metrics", {{"Authorization", "Bearer system"}});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(Field(response, "Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_NE(response.body.find("signet_build_info"), std::string::npos);
}

TEST_F(RoutesTest, MetricsAreForNobodyElse) {
  const Response nobody = Get("/metrics");
  EXPECT_EQ(nobody.status, 401);
  EXPECT_EQ(ReasonOf(nobody), "CREDENTIALS_MISSING");
  EXPECT_EQ(Field(nobody, "WWW-Authenticate"), "Bearer realm=\"signet\"");
  const Response forged = Get("/metrics", {{"Authorization", "Bearer forged"}});
  EXPECT_EQ(forged.status, 401);
  EXPECT_EQ(ReasonOf(forged), "BEARER_TOKEN_INVALID");
  EXPECT_EQ(Field(forged, "WWW-Authenticate"), "Bearer realm=\"signet\", error=\"invalid_token\"");
  const Response tenant = Get("/metrics", {{"Authorization", "Bearer acme"}});
  EXPECT_EQ(tenant.status, 403);
  EXPECT_EQ(ReasonOf(tenant), "OUT_OF_REACH");
  EXPECT_EQ(Get("/metrics", {{"Authorization", "Bearer system"}, {"Authorization", "Bearer acme"}}).status, 400);
}

TEST_F(RoutesTest, TheProbeListenerHasNothingButProbesAndMetricsForAnybody) {
  const auto send = [&](const std::string& method, const std::string& target) {
    return Send({.method = method, .target = target, .fields = {{"Host", "acme.example"}}}, RouteSet::kProbe).response;
  };
  EXPECT_EQ(send("GET", "/livez").status, 200);
  EXPECT_EQ(send("GET", "/readyz").status, 200);
  EXPECT_EQ(send("GET", "/metrics").status, 200);
  for (const std::string target : {kJwks, kDiscovery, "/.well-known/jwks.json", "/oauth/token", "/t/acme/oauth/token"}) {
    EXPECT_EQ(ReasonOf(send("GET", target)), "PATH_NOT_FOUND") << target;
    EXPECT_EQ(ReasonOf(send("POST", target)), "PATH_NOT_FOUND") << target;
  }
}

TEST_F(RoutesTest, TheRoutesOfOAuthAreOnlyForPost) {
  for (const std::string target :
       {"/oauth/token", "/t/acme/oauth/token", "/oauth/introspect", "/t/acme/oauth/introspect", "/t/acme/oauth/revoke"}) {
    for (const std::string method : {"GET", "HEAD", "PUT", "post"}) {
      const Response response = Send({.method = method, .target = target, .fields = {{"Host", "acme.example"}}}).response;
      EXPECT_EQ(response.status, 405) << method << target;
      EXPECT_EQ(Field(response, "Allow"), "POST");
      EXPECT_EQ(OAuthErrorOf(response), method == "HEAD" ? "" : "method_not_allowed") << method << target;
    }
  }
}

TEST_F(RoutesTest, TheRoutesOfTokenKeysRefuseOtherMethodsInTheFormOfUaa) {
  for (const std::string target : {"/token_keys", "/t/acme/token_keys", "/token_key", "/t/acme/token_key"}) {
    for (const std::string method : {"POST", "DELETE", "get"}) {
      const Response response = Send({.method = method, .target = target, .fields = {{"Host", "acme.example"}}}).response;
      EXPECT_EQ(response.status, 405) << method << target;
      EXPECT_EQ(Field(response, "Allow"), "GET, HEAD");
      EXPECT_EQ(OAuthErrorOf(response), "method_not_allowed");
    }
  }
}

TEST_F(RoutesTest, TheRoutesOfOAuthRefuseAnUnknownTenantInTheFormOfOAuth) {
  for (const std::string target : {"/oauth/token", "/t/nobody/oauth/token", "/oauth/introspect", "/t/nobody/oauth/revoke"}) {
    const Response response = Send({.method = "POST", .target = target, .fields = {{"Host", "nobody.example"}}}).response;
    EXPECT_EQ(response.status, 404) << target;
    EXPECT_EQ(OAuthErrorOf(response), "not_found") << target;
  }
}

}  // namespace
}  // namespace signet::http
