#include "server/http/auth0_routes.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "server/core/metrics.h"
#include "server/core/rotation_scheduler.h"
#include "server/core/testing/faulty_hsm.h"
#include "server/http/auth0_route_table.h"
#include "server/http/management_fixture.h"

namespace signet::http {
namespace {

using core::Call;
using core::IsOk;
using nlohmann::json;

// Auth0's routes. The tenant is acme, whose ring access-token has the preset AUTH0 and RSA keys.
class Auth0RoutesTest : public ManagementTest {
 protected:
  Auth0RoutesTest() {
    core::RingUpdate update;
    update.preset = keystore::Preset::kAuth0;
    EXPECT_THAT(rings().Update(ring_, update, Call()), IsOk());
    NewEnabledKey("first");
    EXPECT_EQ(Ask("POST", "keys/signing/rotate").status, 201);
    clock_.Advance(absl::Minutes(10));
  }

  Response Ask(const std::string& method, const std::string& path, const std::string& body = "",
               const std::string& authorization = "Bearer system") {
    Request request = {.method = method,
                       .target = absl::StrCat("/t/acme/api/v2/", path),
                       .fields = {{"Host", "x"}, {"Authorization", authorization}}};
    if (!body.empty()) request.body = Secret(body);
    return Send(request);
  }
  json AskJson(const std::string& method, const std::string& path) { return json::parse(Ask(method, path).body, nullptr, false); }
  json KeyWith(const std::string& role) {
    for (const json& key : AskJson("GET", "keys/signing")) {
      if (key[role] == true) return key;
    }
    return nullptr;
  }
  static int64_t CountOf(const Response& response, absl::string_view name) {
    return std::count_if(response.fields.begin(), response.fields.end(), [&](const auto& field) { return field.first == name; });
  }
  static std::vector<std::string> NamesIn(const std::string& body) {
    return NamesOf(nlohmann::ordered_json::parse(body, nullptr, /*allow_exceptions=*/false));
  }
};

TEST_F(Auth0RoutesTest, AKeyHasAuth0sMembersInTheirOrder) {
  EXPECT_EQ(NamesIn(Ask("GET", absl::StrCat("keys/signing/", KeyWith("current")["kid"].get<std::string>())).body),
            (std::vector<std::string>{"kid", "cert", "pkcs7", "current", "next", "previous", "current_since", "fingerprint",
                                      "thumbprint", "revoked"}));
  EXPECT_TRUE(KeyWith("previous").contains("current_until"));
}

TEST_F(Auth0RoutesTest, ARepeatedRotateWithinTheWindowHasTheFirstAnswer) {
  ASSERT_EQ(Ask("PUT", "keys/signing/first/revoke").status, 200);
  const Response first = Ask("POST", "keys/signing/rotate");
  ASSERT_EQ(first.status, 201) << first.body;
  clock_.Advance(absl::Minutes(9));
  const Response again = Ask("POST", "keys/signing/rotate");
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(NamesIn(first.body), (std::vector<std::string>{"cert", "kid"}));
  EXPECT_EQ(KeyWith("next")["kid"], json::parse(first.body)["kid"]);
}

// The same with an HSM that makes no keys for a while.
class Auth0NextKeyTest : public Auth0RoutesTest {
 protected:
  Auth0NextKeyTest() {
    EXPECT_EQ(Ask("PUT", "keys/signing/first/revoke").status, 200);
    core_ = std::make_unique<core::Core>(*store_, hsm_with_faults_, clock_, random_, steps_);
    EXPECT_THAT(directory().Refresh(), IsOk());
    hsm_with_faults_.generate_error = Error(absl::StatusCode::kUnavailable, reason::kHsmUnavailable, "the hsm is away");
  }

  Response Rotate() {
    return Answer(BackendWith(token_endpoint_), {.method = "POST",
                                                 .target = "/t/acme/api/v2/keys/signing/rotate",
                                                 .fields = {{"Host", "x"}, {"Authorization", "Bearer system"}}});
  }
  void Update(const core::RingUpdate& update) { ASSERT_THAT(rings().Update(ring_, update, Call()), IsOk()); }
  int64_t Rotations() { return rings().Get(ring_)->record.rotation->number; }
  std::string KidOf(keystore::KeyRole role) {
    const auto list = keys().List(ring_, keystore::KeyStore::Tombstones::kHide, {});
    for (const core::KeyView& key : list->items) {
      if (key.role == role) return key.record.kid.value();
    }
    return "";
  }

  core::Crash crash_;
  core::FaultyHsm hsm_with_faults_{*hsm_, crash_};
};

TEST_F(Auth0NextKeyTest, ARotationWhoseNextKeyIsMissingIs503UntilItIsThereAndRotatesOnce) {
  const int64_t before = Rotations();
  for (int i = 0; i < 2; ++i) {
    const Response response = Rotate();
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(json::parse(response.body)["errorCode"], "service_unavailable");
    EXPECT_EQ(FieldOf(response, "Retry-After"), "5");
    EXPECT_EQ(Rotations(), before + 1);
  }
  hsm_with_faults_.generate_error = absl::OkStatus();
  core::Metrics metrics("test");
  ASSERT_THAT(core::RotationScheduler({}, services(), metrics).RunPass(), IsOk());
  const Response response = Rotate();
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(json::parse(response.body)["kid"], KidOf(keystore::KeyRole::kNext));
  EXPECT_EQ(Rotations(), before + 1);
}

TEST_F(Auth0NextKeyTest, WhereARepetitionWouldRotateAgainItIs409) {
  core::RingUpdate update;
  update.idempotency_window = absl::ZeroDuration();
  Update(update);
  const Response response = Rotate();
  EXPECT_EQ(response.status, 409);
  EXPECT_EQ(json::parse(response.body)["errorCode"], "conflict");
}

TEST_F(Auth0NextKeyTest, ARingThatKeepsNoNextKeyAnswersWithTheCurrentOne) {
  core::RingUpdate update;
  update.keep_next = false;
  Update(update);
  const Response response = Rotate();
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(json::parse(response.body)["kid"], KidOf(keystore::KeyRole::kCurrent));
}

TEST_F(Auth0RoutesTest, OnlyThePreviousKeyIsRevokedAndARepetitionHasTheSameAnswer) {
  for (const char* role : {"current", "next"}) {
    EXPECT_EQ(Ask("PUT", absl::StrCat("keys/signing/", KeyWith(role)["kid"].get<std::string>(), "/revoke")).status, 400);
  }
  const Response first = Ask("PUT", "keys/signing/first/revoke");
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(Ask("PUT", "keys/signing/first/revoke").body, first.body);
  EXPECT_EQ(KeyWith("revoked")["kid"], "first");
}

TEST_F(Auth0RoutesTest, TheSixthRotationOfADayIs429WithTheFieldsOfTheQuota) {
  Response last;
  for (int i = 0; i < 6 && last.status != 429; ++i) {
    clock_.Advance(absl::Minutes(10));
    Ask("PUT", absl::StrCat("keys/signing/", KeyWith("previous").value("kid", "none"), "/revoke"));
    last = Ask("POST", "keys/signing/rotate");
  }
  ASSERT_EQ(last.status, 429);
  EXPECT_EQ(FieldOf(last, "X-RateLimit-Limit"), "5");
  EXPECT_EQ(FieldOf(last, "X-RateLimit-Remaining"), "0");
  EXPECT_GT(std::stoll(FieldOf(last, "X-RateLimit-Reset")), absl::ToUnixSeconds(clock_.Now()));
  EXPECT_NE(FieldOf(last, "Retry-After"), "");
}

TEST_F(Auth0RoutesTest, WhoCallsTooOftenGets429AndOthersSeeTheRate) {
  EXPECT_EQ(FieldOf(Ask("GET", "keys/signing"), "X-RateLimit-Limit"), "100");
  Response last;
  for (int i = 0; i < 101; ++i) last = Ask("GET", "keys/signing");
  EXPECT_EQ(last.status, 429);
  EXPECT_EQ(FieldOf(last, "X-RateLimit-Limit"), "100");
  EXPECT_EQ(FieldOf(last, "X-RateLimit-Remaining"), "0");
  EXPECT_EQ(CountOf(last, "X-RateLimit-Limit"), 1);
}

TEST_F(Auth0RoutesTest, WhoIsNotKnownGets401AndAuth0sText) {
  const Response response = Ask("GET", "keys/signing", "", "Bearer nobody");
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(response.body, R"({"statusCode":401,"error":"Unauthorized","message":"Invalid token.","errorCode":"invalid_token"})");
}

TEST_F(Auth0RoutesTest, WhatHasNoRouteIs404) {
  for (const char* path : {"", "keys", "keys/signing/", "keys/signing/a/b", "clients", "keys/signing/x/revoke/y"}) {
    EXPECT_EQ(Ask("GET", path).body, R"({"statusCode":404,"error":"Not Found","message":"Not Found"})") << path;
  }
  EXPECT_EQ(Ask("DELETE", "keys/signing").status, 404);
}

TEST_F(Auth0RoutesTest, CustomKeysAreReplacedShownInTheJwksAndDeleted) {
  const auto body = [](const std::string& kid) {
    return absl::StrCat(R"({"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)",
                        R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","kid":")", kid, R"("}]})");
  };
  const auto published = [&] { return directory().FindJwks(directory().FindTenant(acme_))->json; };
  EXPECT_EQ(Ask("GET", "keys/custom-signing").status, 404);
  const std::string before = published();
  for (const char* kid : {"one", "two"}) {
    const Response set = Ask("PUT", "keys/custom-signing", body(kid));
    EXPECT_EQ(set.status, 200);
    EXPECT_EQ(set.body, body(kid));
    EXPECT_EQ(Ask("GET", "keys/custom-signing").body, body(kid));
  }
  EXPECT_EQ(published(), absl::StrCat(before.substr(0, before.size() - 2), ",", body("two").substr(9)));
  EXPECT_EQ(Ask("PUT", "keys/custom-signing", body("first")).status, 409) << "a key of the tenant's own";
  EXPECT_EQ(Ask("PUT", "keys/custom-signing", "{}").status, 400);
  EXPECT_EQ(Ask("DELETE", "keys/custom-signing").status, 204);
  EXPECT_EQ(Ask("DELETE", "keys/custom-signing").status, 204);
  EXPECT_EQ(Ask("GET", "keys/custom-signing").status, 404);
  EXPECT_EQ(published(), before);
  EXPECT_EQ(Events().back().action, "UpdateTenant");
}

TEST_F(Auth0RoutesTest, ACustomKeyIsForNobodyWithASigningProfile) {
  EXPECT_EQ(Ask("PUT", "keys/custom-signing", "{}", "Bearer profiled").status, 403);
  EXPECT_EQ(Ask("DELETE", "keys/custom-signing", "", "Bearer profiled").status, 204);
}

TEST_F(Auth0NextKeyTest, AnHsmThatLacksTheAlgorithmIsAConflictAndNoErrorOfTheBody) {
  hsm_with_faults_.supports_all = false;
  const Response response = Rotate();
  EXPECT_EQ(response.status, 409);
  EXPECT_EQ(json::parse(response.body)["errorCode"], "conflict");
  EXPECT_EQ(response.body.find("Payload"), std::string::npos) << response.body;
}

TEST_F(Auth0RoutesTest, ABodyWhereThereIsNoneIs400) {
  for (const Auth0Route& route : Auth0Routes()) {
    absl::string_view path = route.path;
    const bool takes_body = route.call == Auth0Call::kSetCustomKeys || route.call == Auth0Call::kCreateCredential;
    if (takes_body || !absl::ConsumePrefix(&path, "/api/v2/")) continue;
    const std::string target = absl::StrReplaceAll(path, {{"{", ""}, {"}", ""}});
    for (const char* body : {R"({"x":1})", "[]", "x"}) {
      const Response response = Ask(std::string(route.method), target, body);
      EXPECT_EQ(response.status, 400) << route.method << target << body;
      EXPECT_EQ(json::parse(response.body)["errorCode"], "invalid_body");
    }
    for (const char* body : {"", "{}", " {} "}) EXPECT_NE(Ask(std::string(route.method), target, body).status, 400) << target;
  }
}

TEST_F(Auth0RoutesTest, ASecretIsNotRotatedByACallWithABody) {
  core::NewCredential credential;
  credential.tenant = acme_;
  credential.id = "ci";
  absl::StatusOr<core::IssuedCredential> issued = credentials().Create(credential, core::LocalPrincipal(), Call());
  ASSERT_THAT(issued, IsOk());
  const keystore::CredentialRecord& made = issued->credential.record;
  const auto etag = [&] { return credentials().Get({.tenant = acme_, .credential = made.id})->etag; };
  const auto rotate = [&](const std::string& body) {
    return Ask("POST", absl::StrCat("clients/", made.client_id, "/rotate-secret"), body).status;
  };
  EXPECT_EQ(rotate(R"({"x":1})"), 400);
  EXPECT_EQ(etag(), issued->credential.etag);
  EXPECT_EQ(rotate("{}"), 200);
  EXPECT_NE(etag(), issued->credential.etag);
}

}  // namespace
}  // namespace signet::http
