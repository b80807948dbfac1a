#include "server/http/sap_routes.h"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/http/responder.h"
#include "server/http/routes.h"
#include "server/http/sap_fixture.h"

namespace signet::http {
namespace {

using nlohmann::ordered_json;

class SapRoutesTest : public SapTest {};

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
  EXPECT_EQ(FieldOf(unknown, "WWW-Authenticate"), R"(Bearer realm="signet", error="invalid_token")");
  EXPECT_EQ(Rest("GET", "", "Bearer acme", "/t/nobody/sap/rest/authorization/v2/securitySettings").status, 404);
  EXPECT_EQ(error(Rest("PATCH", "{}")), "invalid_request");
  EXPECT_EQ(error(Rest("GET", "", "Bearer system", "/t/acme/sap/rest/authorization/v2/apps")), "not_found");
  const Response method = Rest("DELETE");
  EXPECT_EQ(method.status, 405);
  EXPECT_EQ(FieldOf(method, "Allow"), "GET, HEAD, PATCH");
  EXPECT_EQ(method.body, R"({"error":"method_not_allowed","error_description":"This resource does not take the method."})");
}

TEST_F(SapRoutesTest, LoginsAndCommandsAreOnlyForPostAndSaySoInTheFormOfTheCommandLine) {
  for (const std::string& target : {std::string("/login/v2"), absl::StrCat(kTokenKey, "?list")}) {
    const Response response = Send({.method = "GET", .target = target, .fields = {{"Host", "x"}}});
    EXPECT_EQ(response.status, 405) << target;
    EXPECT_EQ(FieldOf(response, "Allow"), "POST") << target;
    EXPECT_EQ(response.body, R"({"error":"Only POST is taken here."})") << target;
  }
}

TEST_F(SapRoutesTest, ACommandNeedsASession) {
  const Response unknown = Command(absl::StrCat(kTokenKey, "?list"), {}, "nobody");
  EXPECT_EQ(unknown.status, 401);
  EXPECT_EQ(FieldOf(unknown, "WWW-Authenticate"), R"(Bearer realm="signet")");
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
  EXPECT_EQ(FieldOf(last, "X-RateLimit-Limit"), "100");
  const Response rest = Rest("GET");
  EXPECT_EQ(rest.status, 429);
  EXPECT_EQ(FieldOf(rest, "X-RateLimit-Limit"), "100") << "the burst, as a success says";
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

}  // namespace
}  // namespace signet::http
