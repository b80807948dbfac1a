#include "server/http/sap_login.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "server/http/sap_fixture.h"

namespace signet::http {
namespace {

using core::Call;
using core::IsOk;

class SapLoginTest : public SapTest {};

TEST_F(SapLoginTest, ALoginGivesASessionThatIsAToken) {
  const Response response = LogIn(R"({"customIdp":"x","subdomain":"","userName":"ci","password":"correct"})");
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(NamesOf(Json(response)), (std::vector<std::string>{"issuer", "mail"}));
  EXPECT_EQ(FieldOf(response, "X-Cpcli-Sessionid"), "token for https://signet.example");
  EXPECT_EQ(FieldOf(response, "Cache-Control"), "no-store");
}

TEST_F(SapLoginTest, FailedLoginsHaveAStatusOfTheirOwn) {
  const Response wrong = LogIn(R"({"userName":"ci","password":"wrong"})");
  const Response too_long = LogIn(absl::StrCat(R"({"password":"wrong","userName":")", std::string(300, 'a'), "\"}"));
  for (const Response* response : {&wrong, &too_long}) {
    EXPECT_EQ(response->status, 401);
    EXPECT_EQ(FieldOf(*response, "WWW-Authenticate"), R"(Bearer realm="signet")");
  }
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

TEST_F(SapLoginTest, AClientThatLogsInTooOftenFromDifferentAddressesGets429) {
  token_endpoint_.FailWith(
      {.error = "temporarily_unavailable",
       .description = "",
       .cause = Error(absl::StatusCode::kResourceExhausted, reason::kRateLimited, "too many", {{"limit", "7"}}, absl::Seconds(3))});
  const Response response = LogIn(R"({"userName":"ci","password":"correct"})");
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(FieldOf(response, "Retry-After"), "3");
}

TEST_F(SapLoginTest, WhoLogsInTooOftenGets429) {
  Response last;
  for (int i = 0; i < 101; ++i) last = LogIn(R"({"userName":"ci","password":"wrong"})");
  EXPECT_EQ(last.status, 429);
  EXPECT_NE(FieldOf(last, "Retry-After"), "");
  EXPECT_EQ(FieldOf(last, "X-RateLimit-Limit"), "100") << "what may come at once";
}

TEST_F(SapLoginTest, AGlobalAccountIsFoundByItsSubdomainAndIsAboveTheCredentialOrWithinItsReach) {
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

}  // namespace
}  // namespace signet::http
