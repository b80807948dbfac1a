#include "server/http/sap_settings.h"

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/core/client_authentication.h"
#include "server/core/key_rings.h"
#include "server/core/metrics.h"
#include "server/core/oauth.h"
#include "server/core/rotation_scheduler.h"
#include "server/core/tokens.h"
#include "server/http/core_token_endpoint.h"
#include "server/http/sap_date.h"
#include "server/http/sap_fixture.h"

namespace signet::http {
namespace {

using core::IsOk;
using nlohmann::ordered_json;
using testing::HasSubstr;

class SapSettingsTest : public SapTest {};

TEST_F(SapSettingsTest, SettingsHaveTheMembersOfSapInTheirOrder) {
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

TEST_F(SapSettingsTest, AKeyIsAddedMadeActiveAndDeletedByItsChangeModes) {
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

TEST_F(SapSettingsTest, AKeyWasLastModifiedWhenItWasCreatedEnabledOrDisabled) {
  const auto modified = [&](const std::string& key) {
    return Json(Rest("GET"))["tokenPolicySettings"]["keys"][key]["lastModifiedAt"];
  };
  const auto now = [&] { return absl::FormatTime("%a %b %d %H:%M:%S UTC %E4Y", clock_.Now(), absl::UTCTimeZone()); };
  ASSERT_EQ(Patch("ADD", "one").status, 200);
  const std::string created = now();
  clock_.Advance(absl::Hours(1));
  keystore::KeyRecord record = StoredKey({ring_, keystore::Kid("one")});
  record.update_time = clock_.Now();
  keystore::Change change;
  change.puts = {record};
  change.events.emplace_back();
  ASSERT_THAT(store_->Commit(change), IsOk());
  EXPECT_EQ(modified("one"), created) << "what else changed of it is nothing to verifiers";
  ASSERT_EQ(Patch("FORCE_UPDATE", "one").status, 200);
  EXPECT_EQ(modified("one"), now());
  ASSERT_EQ(Patch("ADD", "two").status, 200);
  clock_.Advance(absl::Hours(1));
  ASSERT_EQ(Patch("FORCE_UPDATE", "two").status, 200);
  EXPECT_EQ(modified("one"), now()) << "it was disabled";
}

TEST_F(SapSettingsTest, AKeyWithoutAnIdGetsOneOfSapsForm) {
  const Response response = Rest("PATCH", R"({"tokenPolicySettings":{"changeMode":"ADD"}})");
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_THAT(Json(response)["tokenPolicySettings"]["keyIds"][0].get<std::string>(),
              testing::MatchesRegex("default-jwt-key-[0-9a-f]{10}"));
}

TEST_F(SapSettingsTest, TheValidityOfAccessTokensIsTheRingsLongestLife) {
  ASSERT_EQ(Rest("PATCH", R"({"tokenPolicySettings":{"accessTokenValidity":3600}})").status, 200);
  EXPECT_EQ(rings().Get(ring_)->policy.max_token_ttl, absl::Hours(1));
  EXPECT_EQ(Json(Rest("GET"))["tokenPolicySettings"]["accessTokenValidity"], 3600);
  ASSERT_EQ(Rest("PATCH", R"({"tokenPolicySettings":{"accessTokenValidity":-1}})").status, 200);
  EXPECT_EQ(rings().Get(ring_)->policy.max_token_ttl, absl::Hours(24));
}

TEST_F(SapSettingsTest, TheValidityOfRefreshTokensIsKeptAndHasNoEffect) {
  const ordered_json set = Json(Rest("PATCH", R"({"tokenPolicySettings":{"refreshTokenValidity":604800}})"));
  EXPECT_EQ(set["tokenPolicySettings"]["refreshTokenValidity"], 604800);
  EXPECT_EQ(set["tokenPolicySettings"]["accessTokenValidity"], -1);
  EXPECT_THAT(set["warnings"][0].get<std::string>(), HasSubstr("no refresh tokens"));
  EXPECT_EQ(Json(Rest("GET"))["tokenPolicySettings"]["refreshTokenValidity"], 604800);
  const ordered_json reset = Json(Rest("PATCH", R"({"tokenPolicySettings":{"refreshTokenValidity":-1}})"));
  EXPECT_EQ(reset["tokenPolicySettings"]["refreshTokenValidity"], -1);
  EXPECT_FALSE(reset.contains("warnings"));
}

TEST_F(SapSettingsTest, AutomaticRotationStartsAtOnceAndTheNextOneHasADate) {
  ASSERT_EQ(Patch("ADD", "one").status, 200);
  ASSERT_EQ(Patch("FORCE_UPDATE", "one").status, 200);
  EXPECT_EQ(Json(Rest("GET"))["tokenPolicySettings"]["keys"]["one"]["nextRotationDate"], nullptr);
  const ordered_json on = Json(Rest("PATCH", R"({"rotateSigningKeyAutomatically":true})"));
  EXPECT_EQ(on["rotateSigningKeyAutomatically"], true);
  EXPECT_TRUE(rings().Get(ring_)->rotation.has_value());

  // The next key is made, and 12 hours later it signs.
  core::Metrics metrics("test");
  ASSERT_THAT(core::RotationScheduler({}, services(), metrics).RunPass(), IsOk());
  clock_.Advance(absl::Hours(12));
  ASSERT_THAT(core::RotationScheduler({}, services(), metrics).RunPass(), IsOk());
  const core::RingView ring = *rings().Get(ring_);
  ASSERT_TRUE(ring.next_rotation_time.has_value());
  const ordered_json policy = Json(Rest("GET"))["tokenPolicySettings"];
  ASSERT_EQ(policy["keyIds"].size(), 2u);
  EXPECT_NE(policy["activeKeyId"], "one");
  for (const auto& [id, key] : policy["keys"].items()) {
    const bool is_active = id == policy["activeKeyId"];
    EXPECT_EQ(key["nextRotationDate"], is_active ? ordered_json(SapDate(*ring.next_rotation_time)) : ordered_json()) << id;
  }
}

TEST_F(SapSettingsTest, SettingsTakeWhatTerraformSendsAndShowWhatItReads) {
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

// SapTokenValidityTest has the token endpoint of the core behind the token URL, and keys that sign.
class SapTokenValidityTest : public SapTest {
 protected:
  SapTokenValidityTest() {
    MakeSystemTenant();
    EXPECT_EQ(Patch("ADD", "one").status, 200);
    EXPECT_EQ(Patch("FORCE_UPDATE", "one").status, 200);
    core::NewCredential credential;
    credential.tenant = acme_;
    credential.id = "ci";
    credential.grants = {{kOrders, {"read"}}};
    absl::StatusOr<core::IssuedCredential> issued = credentials().Create(credential, core::LocalPrincipal(), core::Call());
    EXPECT_THAT(issued, IsOk());
    signers_.push_back(hsm_->CreateSigner());
    if (issued.ok()) client_ = *std::move(issued);
  }

  void SetValidity(int seconds) {
    const Response response = Rest("PATCH", absl::StrCat(R"({"tokenPolicySettings":{"accessTokenValidity":)", seconds, "}}"));
    EXPECT_EQ(Json(response)["tokenPolicySettings"]["accessTokenValidity"], seconds) << response.body;
  }
  // What the token URL answers, by Basic authentication.
  int ExpiresIn(const std::string& audience) {
    const std::string pair = absl::StrCat(client_.credential.record.client_id, ":", client_.client_secret.Expose());
    Request request = {.method = "POST",
                       .target = "/t/acme/oauth/token",
                       .fields = {{"Host", "x"},
                                  {"Content-Type", "application/x-www-form-urlencoded"},
                                  {"Authorization", absl::StrCat("Basic ", absl::Base64Escape(pair))}}};
    request.body = Secret(absl::StrCat("grant_type=client_credentials&audience=", audience));
    const Response response = Answer(issuing_, request);
    EXPECT_EQ(response.status, 200) << response.body;
    return Json(response).value("expires_in", 0);
  }

  static constexpr char kOrders[] = "https://orders.example";
  static constexpr char kApi[] = "https://signet.example";
  core::IssuedCredential client_;
  core::Tokens tokens_{directory(), core_->ledger, clock_, random_};
  core::ClientAuthentication clients_{{}, services(), live_credentials(), authorities_};
  core::OAuth oauth_{{.audiences = {kApi}}, services(), live_credentials(), tokens_, clients_};
  std::vector<std::unique_ptr<hsm::Signer>> signers_;
  CoreTokenEndpoint endpoint_{oauth_, signers_};
  const HttpBackend issuing_ = BackendWith(endpoint_);
};

TEST_F(SapTokenValidityTest, TheTenantsTokensLiveForTheValidityThatIsSetAndOtherwiseFor12Hours) {
  EXPECT_EQ(Json(Rest("GET"))["tokenPolicySettings"]["accessTokenValidity"], -1);
  EXPECT_EQ(ExpiresIn(kOrders), 43200);
  for (const int seconds : {7200, 1800, 86400}) {
    SetValidity(seconds);
    EXPECT_EQ(ExpiresIn(kOrders), seconds);
  }
  SetValidity(-1);
  EXPECT_EQ(ExpiresIn(kOrders), 43200);
}

TEST_F(SapTokenValidityTest, TokensForSignetsApiLiveForAnHourWhateverIsSet) {
  EXPECT_EQ(ExpiresIn(kApi), 3600);
  SetValidity(1800);
  EXPECT_EQ(ExpiresIn(kApi), 3600);
}

}  // namespace
}  // namespace signet::http
