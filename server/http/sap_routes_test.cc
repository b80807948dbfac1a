#include "server/http/sap_routes.h"

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/certificate_chain.h"
#include "hsm/testing/test_authority.h"
#include "server/core/executor.h"
#include "server/core/health.h"
#include "server/core/metrics.h"
#include "server/core/rate_limiter.h"
#include "server/core/testing/core_fixture.h"
#include "server/core/trusted_certificates.h"
#include "server/http/responder.h"
#include "server/http/routes.h"
#include "server/http/testing/backend_parts.h"

namespace signet::http {
namespace {

using core::Call;
using core::IsOk;
using nlohmann::ordered_json;
using testing::HasSubstr;

constexpr char kSettings[] = "/t/acme/sap/rest/authorization/v2/securitySettings";
constexpr char kTokenKey[] = "/command/v2.49.0/security/token-key";
constexpr char kCredential[] = "/command/v2.49.0/security/api-credential";
constexpr char kSettingsCommand[] = "/command/v2.49.0/security/settings";

// SAP's routes over the core, with store and HSM in memory. The tenant is acme, whose ring access-token has the preset SAP_BTP.
class SapRoutesTest : public core::CoreTest {
 protected:
  SapRoutesTest() {
    core::RingUpdate update;
    update.preset = keystore::Preset::kSapBtp;
    update.activation_delay = std::optional<absl::Duration>();
    EXPECT_THAT(rings().Update(ring_, update, Call()), IsOk());
  }

  // The answer to a request, its work included.
  Response Send(const Request& request) {
    RoutedResponse routed = Route(backend_, Serving(), request);
    if (routed.work.executor == nullptr) return routed.response;
    return routed.work.run(0);
  }
  Response Rest(const std::string& method, const std::string& body = "", const std::string& authorization = "Bearer system",
                const std::string& target = kSettings) {
    Request request = {.method = method, .target = target, .fields = {{"Host", "x"}, {"Authorization", authorization}}};
    request.body = Secret(body);
    return Send(request);
  }
  Response Patch(const std::string& mode, const std::string& key) {
    return Rest("PATCH", absl::StrCat(R"({"tokenPolicySettings":{"keyId":")", key, R"(","changeMode":")", mode, R"("}})"));
  }
  // A command about acme.
  Response Command(const std::string& target, const ordered_json& more = ordered_json::object(),
                   const std::string& session = "system") {
    ordered_json values = {{"subaccount", "acme"}};
    if (more.is_object()) values.update(more);  // Braces without anything in them are a null.
    return CommandWith(target, ordered_json({{"paramValues", values}}).dump(), session);
  }
  Response CommandWith(const std::string& target, const std::string& body, const std::string& session = "system",
                       Fields more_fields = {}) {
    Request request = {.method = "POST", .target = target, .fields = {{"Host", "x"}, {"X-Cpcli-Sessionid", session}}};
    request.fields.insert(request.fields.end(), more_fields.begin(), more_fields.end());
    request.body = Secret(body);
    return Send(request);
  }
  Response LogIn(const std::string& body, const std::string& version = "v2.49.0") {
    Request request = {.method = "POST", .target = absl::StrCat("/login/", version), .fields = {{"Host", "x"}}};
    request.body = Secret(body);
    return Send(request);
  }
  static std::string FieldOf(const Response& response, absl::string_view name) {
    for (const auto& [field, value] : response.fields) {
      if (field == name) return value;
    }
    return "";
  }
  static ordered_json Json(const Response& response) {
    return ordered_json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  }
  // Of a command: the HTTP status must be 200.
  static std::string BackendStatus(const Response& response) {
    EXPECT_EQ(response.status, 200) << response.body;
    const std::string status = FieldOf(response, "X-Cpcli-Backend-Status");
    EXPECT_EQ(absl::StrCat(response.outcome.value_or(0)), status) << "what it is counted and logged as";
    return status;
  }
  static std::vector<std::string> NamesOf(const ordered_json& object) {
    std::vector<std::string> names;
    for (const auto& [name, value] : object.items()) names.push_back(name);
    return names;
  }

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
  HttpBackend backend_ = {.directory = directory(),
                          .health = health_,
                          .metrics = metrics_,
                          .logger = log(),
                          .clock = clock_,
                          .random = random_,
                          .authenticator = authenticator_,
                          .rate_limiter = rate_limiter_,
                          .token_endpoint = token_endpoint_,
                          .token_executor = executor_,
                          .public_url = "https://signet.example",
                          .management = ManagementBackend{.keys = keys(),
                                                          .rings = rings(),
                                                          .tenants = tenants(),
                                                          .credentials = credentials(),
                                                          .clients = live_credentials(),
                                                          .authorities = authorities_,
                                                          .executor = executor_}};
};

TEST_F(SapRoutesTest, SettingsHaveTheMembersOfSapInTheirOrder) {
  ASSERT_EQ(Patch("ADD", "one").status, 200);
  const ordered_json settings = Json(Rest("GET"));
  EXPECT_EQ(NamesOf(settings), (std::vector<std::string>{"tokenPolicySettings", "rotateSigningKeyAutomatically"}));
  const ordered_json& policy = settings["tokenPolicySettings"];
  EXPECT_EQ(NamesOf(policy), (std::vector<std::string>{"accessTokenValidity", "refreshTokenValidity", "refreshTokenUnique",
                                                       "activeKeyId", "keyIds", "keys"}));
  EXPECT_EQ(NamesOf(policy["keys"]["one"]),
            (std::vector<std::string>{"created", "lastModifiedAt", "nextRotationDate", "fipsCompliant"}));
  EXPECT_EQ(policy["accessTokenValidity"], -1);
  EXPECT_EQ(policy["refreshTokenValidity"], -1);
  EXPECT_EQ(policy["activeKeyId"], nullptr);
  EXPECT_EQ(policy["keys"]["one"]["fipsCompliant"], true);
  EXPECT_EQ(policy["keys"]["one"]["created"], absl::FormatTime("%a %b %d %H:%M:%S UTC %E4Y", clock_.Now(), absl::UTCTimeZone()));
}

TEST_F(SapRoutesTest, AKeyIsAddedMadeActiveAndDeletedByItsChangeModes) {
  ASSERT_EQ(Patch("ADD", "one").status, 200);
  EXPECT_EQ(Patch("UPDATE", "one").status, 409) << "12 hours have not passed";
  clock_.Advance(absl::Hours(12));
  EXPECT_EQ(Json(Patch("UPDATE", "one"))["tokenPolicySettings"]["activeKeyId"], "one");
  ASSERT_EQ(Patch("ADD", "two").status, 200);
  EXPECT_EQ(Patch("ADD", "three").status, 409) << "a third key";
  EXPECT_EQ(Patch("DELETE", "one").status, 409) << "it is enabled";
  EXPECT_EQ(Patch("FORCE_DELETE", "one").status, 409) << "it is enabled";
  const ordered_json forced = Json(Patch("FORCE_UPDATE", "two"));
  EXPECT_EQ(forced["tokenPolicySettings"]["activeKeyId"], "two");
  EXPECT_FALSE(forced["warnings"].empty());
  EXPECT_EQ(Patch("DELETE", "one").status, 409) << "12 hours have not passed";
  clock_.Advance(absl::Hours(12));
  EXPECT_EQ(Json(Patch("DELETE", "one"))["tokenPolicySettings"]["keyIds"], ordered_json::parse(R"(["two"])"));
  EXPECT_EQ(Patch("DELETE", "nobody").status, 404);
}

TEST_F(SapRoutesTest, AKeyWithoutAnIdGetsOneOfSapsForm) {
  const Response response = Rest("PATCH", R"({"tokenPolicySettings":{"changeMode":"ADD"}})");
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_THAT(Json(response)["tokenPolicySettings"]["keyIds"][0].get<std::string>(),
              testing::MatchesRegex("default-jwt-key-[0-9a-f]{10}"));
}

TEST_F(SapRoutesTest, TheValidityOfAccessTokensIsTheRingsLongestLife) {
  ASSERT_EQ(Rest("PATCH", R"({"tokenPolicySettings":{"accessTokenValidity":3600}})").status, 200);
  EXPECT_EQ(rings().Get(ring_)->policy.max_token_ttl, absl::Hours(1));
  EXPECT_EQ(Json(Rest("GET"))["tokenPolicySettings"]["accessTokenValidity"], 3600);
  ASSERT_EQ(Rest("PATCH", R"({"tokenPolicySettings":{"accessTokenValidity":-1}})").status, 200);
  EXPECT_EQ(rings().Get(ring_)->policy.max_token_ttl, absl::Hours(24));
}

TEST_F(SapRoutesTest, TheValidityOfRefreshTokensIsKeptAndHasNoEffect) {
  const ordered_json set = Json(Rest("PATCH", R"({"tokenPolicySettings":{"refreshTokenValidity":604800}})"));
  EXPECT_EQ(set["tokenPolicySettings"]["refreshTokenValidity"], 604800);
  EXPECT_EQ(set["tokenPolicySettings"]["accessTokenValidity"], -1);
  EXPECT_THAT(set["warnings"][0].get<std::string>(), HasSubstr("no refresh tokens"));
  EXPECT_EQ(Json(Rest("GET"))["tokenPolicySettings"]["refreshTokenValidity"], 604800);
  const ordered_json reset = Json(Rest("PATCH", R"({"tokenPolicySettings":{"refreshTokenValidity":-1}})"));
  EXPECT_EQ(reset["tokenPolicySettings"]["refreshTokenValidity"], -1);
  EXPECT_FALSE(reset.contains("warnings"));
}

TEST_F(SapRoutesTest, AutomaticRotationStartsAtOnceAndTheNextOneHasADate) {
  ASSERT_EQ(Patch("ADD", "one").status, 200);
  ASSERT_EQ(Patch("FORCE_UPDATE", "one").status, 200);
  EXPECT_EQ(Json(Rest("GET"))["tokenPolicySettings"]["keys"]["one"]["nextRotationDate"], nullptr);
  const ordered_json on = Json(Rest("PATCH", R"({"rotateSigningKeyAutomatically":true})"));
  EXPECT_EQ(on["rotateSigningKeyAutomatically"], true);
  EXPECT_TRUE(rings().Get(ring_)->rotation.has_value());
}

TEST_F(SapRoutesTest, WithoutATenantInPathAndHostItIsTheCallersOwn) {
  const std::string target = "/sap/rest/authorization/v2/securitySettings";
  EXPECT_EQ(Rest("GET", "", "Bearer acme", target).status, 200);
  EXPECT_EQ(Rest("GET", "", "Bearer system", target).status, 404) << "it has none";
}

TEST_F(SapRoutesTest, TheRestApiRefusesInTheFormOfUaa) {
  const auto error = [&](const Response& response) { return Json(response).value("error", ""); };
  const Response unknown = Rest("GET", "", "Bearer nobody");
  EXPECT_EQ(unknown.status, 401);
  EXPECT_EQ(error(unknown), "invalid_token");
  EXPECT_THAT(FieldOf(unknown, "WWW-Authenticate"), HasSubstr("Bearer"));
  EXPECT_EQ(Rest("GET", "", "Bearer acme", "/t/nobody/sap/rest/authorization/v2/securitySettings").status, 404);
  EXPECT_EQ(error(Rest("PATCH", "{}")), "invalid_request");
  EXPECT_EQ(error(Rest("GET", "", "Bearer system", "/t/acme/sap/rest/authorization/v2/apps")), "not_found");
  const Response method = Rest("DELETE");
  EXPECT_EQ(method.status, 405);
  EXPECT_EQ(FieldOf(method, "Allow"), "GET, HEAD, PATCH");
}

TEST_F(SapRoutesTest, ALoginGivesASessionThatIsAToken) {
  const Response response = LogIn(R"({"customIdp":"x","subdomain":"","userName":"ci","password":"correct"})");
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(NamesOf(Json(response)), (std::vector<std::string>{"issuer", "mail"}));
  EXPECT_EQ(FieldOf(response, "X-Cpcli-Sessionid"), "token for https://signet.example");
  EXPECT_EQ(FieldOf(response, "Cache-Control"), "no-store");
}

TEST_F(SapRoutesTest, FailedLoginsHaveAStatusOfTheirOwn) {
  EXPECT_EQ(LogIn(R"({"userName":"ci","password":"wrong"})").status, 401);
  EXPECT_EQ(LogIn(absl::StrCat(R"({"password":"wrong","userName":")", std::string(300, 'a'), "\"}")).status, 401);
  EXPECT_EQ(LogIn(R"({"subdomain":"nobody","userName":"ci","password":"correct"})").status, 404);
  EXPECT_EQ(LogIn(R"({"userName":"ci"})").status, 400);
  EXPECT_EQ(LogIn(R"({"userName":"ci","password":"correct"})", "v2/browser").status, 400);
  for (const char* version : {"2", "vx", "v", "v2.", "v2..1", "latest"}) {
    EXPECT_EQ(LogIn(R"({"userName":"ci","password":"correct"})", version).status, 412) << version;
  }
  for (const char* version : {"v1", "v2.77.1", "v99.0.0.1"}) {
    EXPECT_EQ(LogIn(R"({"userName":"ci","password":"correct"})", version).status, 200) << version;
  }
  token_endpoint_.FailWith({.error = "invalid_target", .description = ""});
  EXPECT_EQ(LogIn(R"({"userName":"ci","password":"correct"})").status, 403);
  token_endpoint_.FailWith({.error = "temporarily_unavailable", .description = ""});
  EXPECT_EQ(LogIn(R"({"userName":"ci","password":"correct"})").status, 503);
}

TEST_F(SapRoutesTest, AClientThatLogsInTooOftenFromDifferentAddressesGets429) {
  token_endpoint_.FailWith(
      {.error = "temporarily_unavailable",
       .description = "",
       .cause = Error(absl::StatusCode::kResourceExhausted, reason::kRateLimited, "too many", {{"limit", "7"}}, absl::Seconds(3))});
  const Response response = LogIn(R"({"userName":"ci","password":"correct"})");
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(FieldOf(response, "Retry-After"), "3");
}

TEST_F(SapRoutesTest, WhoLogsInTooOftenGets429) {
  Response last;
  for (int i = 0; i < 101; ++i) last = LogIn(R"({"userName":"ci","password":"wrong"})");
  EXPECT_EQ(last.status, 429);
  EXPECT_NE(FieldOf(last, "Retry-After"), "");
}

TEST_F(SapRoutesTest, AGlobalAccountIsFoundByItsSubdomainAndIsAboveTheCredentialOrWithinItsReach) {
  core::NewTenant global;
  global.id = "11111111-2222-3333-4444-555555555555";
  global.kind = keystore::TenantKind::kGlobalAccount;
  global.host_aliases = {"corp.signet.example"};
  ASSERT_THAT(tenants().Create(global, Call()), IsOk());
  const std::string login = R"({"subdomain":"corp","userName":"ci","password":"correct"})";
  EXPECT_EQ(LogIn(login).status, 200) << "ci is taken for one of the system's";
  const auto answer = Json(CommandWith(absl::StrCat(kSettingsCommand, "?list"), R"({"paramValues":{"globalAccount":"corp"}})"));
  EXPECT_TRUE(answer.contains("tokenPolicySettings")) << answer;
  EXPECT_EQ(BackendStatus(CommandWith(absl::StrCat(kSettingsCommand, "?list"), R"({"paramValues":{}})", "system",
                                      {{"X-Cpcli-Subdomain", global.id}})),
            "200");
  EXPECT_EQ(
      BackendStatus(CommandWith(absl::StrCat(kSettingsCommand, "?list"), R"({"paramValues":{"globalAccount":"corp"}})", "acme")),
      "404");
}

TEST_F(SapRoutesTest, ACommandNeedsASession) {
  EXPECT_EQ(Command(absl::StrCat(kTokenKey, "?list"), {}, "nobody").status, 401);
  EXPECT_EQ(Command(absl::StrCat(kTokenKey, "?list"), {}, "").status, 401);
  EXPECT_EQ(CommandWith(absl::StrCat(kTokenKey, "?list"), "{}", "system", {{"X-Cpcli-Sessionid", "system"}}).status, 401);
  EXPECT_EQ(BackendStatus(Command(absl::StrCat(kTokenKey, "?list"), {}, "acme")), "200");
}

TEST_F(SapRoutesTest, BackendErrorsAre200WithTheRealStatusInAField) {
  const auto status = [&](const std::string& target, const ordered_json& values) { return BackendStatus(Command(target, values)); };
  const Response missing = Command(absl::StrCat(kTokenKey, "?enable"));
  EXPECT_EQ(BackendStatus(missing), "400");
  EXPECT_EQ(missing.body, R"({"error":"The parameter key is missing."})");
  EXPECT_EQ(FieldOf(missing, "X-Cpcli-Backend-Mediatype"), "application/json");
  EXPECT_EQ(status(absl::StrCat(kTokenKey, "?enable"), {{"key", "nobody"}}), "404");
  EXPECT_EQ(status(absl::StrCat(kTokenKey, "?enable"), {{"key", "x"}, {"force", "maybe"}}), "400");
  EXPECT_EQ(status(absl::StrCat(kTokenKey, "?create"), {{"kye", "x"}}), "400");
  EXPECT_EQ(status(absl::StrCat(kTokenKey, "?explode"), {}), "404");
  EXPECT_EQ(status(kTokenKey, {}), "404");
  EXPECT_EQ(status(absl::StrCat(kTokenKey, "?list"), {{"subaccount", "nobody"}}), "404");
  EXPECT_EQ(status(absl::StrCat(kTokenKey, "?list"), {{"directory", "acme"}}), "400");
  EXPECT_EQ(BackendStatus(CommandWith(absl::StrCat(kTokenKey, "?list"), R"({"paramValues":{"directory":"acme"}})")), "404");
  EXPECT_EQ(BackendStatus(CommandWith(absl::StrCat(kTokenKey, "?list"), R"({"paramValues":{}})")), "400");
  EXPECT_EQ(BackendStatus(CommandWith(absl::StrCat(kTokenKey, "?list"), R"({"paramValues":{"subaccount":1}})")), "400");
  EXPECT_EQ(BackendStatus(CommandWith("/command/v2/accounts/subaccount?list", "{}")), "404");
  EXPECT_EQ(CommandWith("/command/2/security/token-key?list", "{}").status, 412);
}

TEST_F(SapRoutesTest, AFailureBehindA200IsMeasuredAndLoggedAsWhatItIs) {
  Responder responder(backend_, Serving());
  Request request = {
      .method = "POST", .target = absl::StrCat(kTokenKey, "?explode"), .fields = {{"Host", "x"}, {"X-Cpcli-Sessionid", "system"}}};
  request.body = Secret(R"({"paramValues":{"subaccount":"acme"}})");
  Response answered;
  responder.Respond(std::move(request), [&answered](Response response) { answered = std::move(response); });
  EXPECT_EQ(BackendStatus(answered), "404");
  EXPECT_EQ(log().lines().back().Number("status"), 404);
  EXPECT_NE(metrics_.Expose().find("_count{http_request_method=\"POST\",http_response_status_code=\"404\",http_route=\"/command/"),
            std::string::npos)
      << metrics_.Expose();
}

TEST_F(SapRoutesTest, WhoGivesCommandsTooOftenGets429FromTheBackend) {
  Response last;
  for (int i = 0; i < 101; ++i) last = Command(absl::StrCat(kTokenKey, "?list"));
  EXPECT_EQ(BackendStatus(last), "429");
  EXPECT_NE(FieldOf(last, "Retry-After"), "");
  EXPECT_EQ(Rest("GET").status, 429);
}

TEST_F(SapRoutesTest, AServerThatIsBusySaysSoInTheWordsOfEachPart) {
  Request request = {.method = "POST",
                     .target = absl::StrCat(kTokenKey, "?list"),
                     .fields = {{"Host", "x"}, {"X-Cpcli-Sessionid", "system"}, {"Authorization", "Bearer system"}}};
  request.body = Secret(R"({"paramValues":{"subaccount":"acme"}})");
  EXPECT_EQ(BackendStatus(Route(backend_, Serving(), request).response), "503");
  request.target = "/login/v2";
  request.body = Secret(R"({"userName":"ci","password":"correct"})");
  EXPECT_EQ(Route(backend_, Serving(), request).response.status, 503);
  request.method = "GET";
  request.target = kSettings;
  EXPECT_EQ(Route(backend_, Serving(), request).response.status, 503);
}

TEST_F(SapRoutesTest, TheAuditTrailSaysWhoDidIt) {
  ASSERT_EQ(BackendStatus(Command(absl::StrCat(kTokenKey, "?create"), {{"key", "one"}}, "acme")), "200");
  EXPECT_EQ(Events().back().actor, "tenants/acme/credentials/ci");
  ASSERT_EQ(BackendStatus(Command(absl::StrCat(kCredential, "?create"), {{"name", "new"}}, "acme")), "200");
  EXPECT_EQ(Events().back().action, "CreateCredential");
  EXPECT_EQ(Events().back().actor, "tenants/acme/credentials/ci");
}

TEST_F(SapRoutesTest, TokenKeysAreMadeEnabledRotatedAndDeletedByCommands) {
  const ordered_json created = Json(Command(absl::StrCat(kTokenKey, "?create"), {{"key", "one"}}));
  EXPECT_EQ(created["tokenPolicySettings"]["keyIds"][0], "one") << created;
  EXPECT_EQ(BackendStatus(Command(absl::StrCat(kTokenKey, "?enable"), {{"key", "one"}})), "409");
  const ordered_json enabled = Json(Command(absl::StrCat(kTokenKey, "?enable"), {{"key", "one"}, {"force", "true"}}));
  EXPECT_EQ(enabled["tokenPolicySettings"]["activeKeyId"], "one");
  EXPECT_FALSE(enabled["warnings"].empty());
  EXPECT_EQ(BackendStatus(Command(absl::StrCat(kTokenKey, "?rotate"), {{"key", "nobody"}})), "404");
  EXPECT_EQ(BackendStatus(Command(absl::StrCat(kTokenKey, "?rotate"), {{"key", "one"}, {"confirm", "true"}})), "200");
  clock_.Advance(absl::Hours(12));
  const ordered_json rotated = Json(Command(absl::StrCat(kTokenKey, "?rotate"), {{"force", "true"}}));
  EXPECT_NE(rotated["tokenPolicySettings"]["activeKeyId"], "one") << rotated;
  EXPECT_EQ(BackendStatus(Command(absl::StrCat(kTokenKey, "?rotate"), {{"key", "one"}})), "409") << "it does not sign any more";
  clock_.Advance(absl::Hours(12));
  EXPECT_EQ(BackendStatus(Command(absl::StrCat(kTokenKey, "?delete"), {{"key", "one"}, {"confirm", "true"}})), "200");
  EXPECT_EQ(Json(Command(absl::StrCat(kTokenKey, "?list")))["tokenPolicySettings"]["keyIds"].size(), 1u);
}

TEST_F(SapRoutesTest, ACredentialWithASecretHasTheMembersOfSapInTheirOrder) {
  const Response response = Command(absl::StrCat(kCredential, "?create"), {{"name", "ci"}, {"readOnly", "false"}});
  const ordered_json json = Json(response);
  EXPECT_EQ(NamesOf(json), (std::vector<std::string>{"tenantmode", "subaccountid", "credential-type", "clientid", "tokenurl",
                                                     "xsappname", "clientsecret", "serviceInstanceId", "url", "uaadomain", "apiurl",
                                                     "identityzone", "identityzoneid", "tenantid", "name", "zoneid", "read-only"}))
      << response.body;
  EXPECT_EQ(json["tenantmode"], "dedicated");
  EXPECT_EQ(json["credential-type"], "secret");
  EXPECT_EQ(json["clientid"], absl::StrCat("sb-", json["xsappname"].get<std::string>()));
  EXPECT_THAT(json["xsappname"].get<std::string>(), testing::MatchesRegex("full-access!a[0-9]+"));
  EXPECT_EQ(json["tokenurl"], "https://signet.example/t/acme/oauth/token");
  EXPECT_EQ(json["apiurl"], "https://signet.example/t/acme");
  EXPECT_EQ(json["uaadomain"], "signet.example/t/acme");
  for (const char* member : {"subaccountid", "identityzoneid", "tenantid", "zoneid"}) EXPECT_EQ(json[member], "acme");
  EXPECT_EQ(json["read-only"], false);
}

TEST_F(SapRoutesTest, ACredentialIsShownListedAndDeletedWithoutItsSecret) {
  const ordered_json created = Json(Command(absl::StrCat(kCredential, "?create"), {{"name", "ci"}, {"readOnly", "true"}}));
  EXPECT_THAT(created["xsappname"].get<std::string>(), testing::MatchesRegex("read-only!a[0-9]+"));
  EXPECT_EQ(created["read-only"], true);
  const ordered_json shown = Json(Command(absl::StrCat(kCredential, "?get"), {{"name", "ci"}, {"readOnly", "false"}}));
  EXPECT_EQ(NamesOf(shown), (std::vector<std::string>{"credential-type", "tokenurl", "clientId", "apiurl", "name", "read-only"}));
  EXPECT_EQ(shown["clientId"], created["clientid"]);
  EXPECT_EQ(Json(Command(absl::StrCat(kCredential, "?list"))), ordered_json::array({shown}));
  EXPECT_EQ(BackendStatus(Command(absl::StrCat(kCredential, "?create"), {{"name", "ci"}})), "409");
  EXPECT_EQ(BackendStatus(Command(absl::StrCat(kCredential, "?create"), {{"name", "not_a_name"}})), "400");
  EXPECT_EQ(Command(absl::StrCat(kCredential, "?delete"), {{"name", "ci"}, {"readOnly", "false"}}).body, "{}");
  EXPECT_EQ(BackendStatus(Command(absl::StrCat(kCredential, "?get"), {{"name", "ci"}})), "404");
  EXPECT_EQ(Command(absl::StrCat(kCredential, "?list")).body, "[]");
}

TEST_F(SapRoutesTest, WhatIsNoPemHasSapsError) {
  const Response response = Command(absl::StrCat(kCredential, "?create"), {{"certificate", "not pem"}});
  EXPECT_EQ(BackendStatus(response), "400");
  EXPECT_EQ(response.body, R"({"error":"The certificate is not valid PEM format."})");
}

TEST_F(SapRoutesTest, ACertificateMayComeWithItsChainAndText) {
  const hsm::TestAuthority authority{.name = "authority"};
  const hsm::Issuing authoritys = {.not_before = clock_.Now(), .not_after = clock_.Now() + absl::Hours(1)};
  hsm::Issuing clients = authoritys;
  clients.basic_constraints = "CA:FALSE";
  const hsm::EvpPkey key = hsm::NewEcKey();
  const std::string root = hsm::Issue(authority, "authority", authority.key.get(), authoritys);
  authorities_.Set({root});
  const auto create = [&](const std::string& name, const std::string& subject) {
    const std::string leaf = hsm::ChainToPem({hsm::Issue(authority, subject, key.get(), clients)});
    const ordered_json created = Json(
        Command(absl::StrCat(kCredential, "?create"),
                {{"name", name}, {"certificate", absl::StrCat("subject=\n", leaf, "\n1 s:\n", hsm::ChainToPem({root}), "end")}}));
    EXPECT_EQ(created["certificate"], leaf) << created;
    return created.value("certificate-pinning", false);
  };
  EXPECT_FALSE(create("named", "client"));
  EXPECT_TRUE(create("nameless", "")) << "there is no subject by which a later one could be recognised";
}

TEST_F(SapRoutesTest, ACertificateWithAPrivateKeyIsRefusedWithoutRepeatingIt) {
  const std::string pem = "-----BEGIN PRIVATE KEY-----\nbm90IGEga2V5\n-----END PRIVATE KEY-----\n";
  const Response response = Command(absl::StrCat(kCredential, "?create"), {{"certificate", pem}});
  EXPECT_EQ(BackendStatus(response), "400");
  EXPECT_THAT(response.body, testing::StartsWith(R"({"error":"The certificate comes with a private key; )"));
  EXPECT_THAT(response.body, testing::Not(HasSubstr("bm90")));
}

TEST_F(SapRoutesTest, SettingsTakeWhatTerraformSendsAndShowWhatItReads) {
  const ordered_json defaults = {{"iFrameDomain", " "},
                                 {"customEmailDomains", "[]"},
                                 {"defaultIdp", "sap.default"},
                                 {"homeRedirect", ""},
                                 {"accessTokenValidity", "7200"},
                                 {"refreshTokenValidity", "-1"},
                                 {"treatUsersWithSameEmailAsSameUser", "false"}};
  const ordered_json updated = Json(Command(absl::StrCat(kSettingsCommand, "?update"), defaults));
  EXPECT_EQ(updated["tokenPolicySettings"]["accessTokenValidity"], 7200) << updated;
  EXPECT_EQ(NamesOf(updated),
            (std::vector<std::string>{"iframeDomains", "tokenPolicySettings", "rotateSigningKeyAutomatically", "links",
                                      "defaultIdp", "customEmailDomains", "treatUsersWithSameEmailAsSameUser"}));
  EXPECT_EQ(Json(Command(absl::StrCat(kSettingsCommand, "?list"))), updated);
  for (const ordered_json& value : ordered_json::parse(
           R"([{"iFrameDomain":"https://x"},{"customEmailDomains":"[\"x\"]"},{"defaultIdp":"x"},{"homeRedirect":"x"},
               {"treatUsersWithSameEmailAsSameUser":"true"},{"refreshTokenValidity":"1799"},{"accessTokenValidity":"1"},
               {"accessTokenValidity":"x"}])")) {
    ordered_json values = defaults;
    values.update(value);
    EXPECT_EQ(BackendStatus(Command(absl::StrCat(kSettingsCommand, "?update"), values)), "400") << value;
  }
  EXPECT_EQ(BackendStatus(Command(absl::StrCat(kSettingsCommand, "?update"), {{"accessTokenValidity", ""}})), "400")
      << "what is empty is not given, so that nothing is changed";
  EXPECT_EQ(Json(Command(absl::StrCat(kSettingsCommand, "?update"),
                         {{"rotateSigningKeyAutomatically", "true"}}))["rotateSigningKeyAutomatically"],
            true);
}

}  // namespace
}  // namespace signet::http
