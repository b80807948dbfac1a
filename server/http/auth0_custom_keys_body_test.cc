#include "server/http/auth0_custom_keys_body.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/match.h"

namespace signet::http {
namespace {

using Json = nlohmann::ordered_json;

// The key of RFC 7515 appendix A.3.
Json Jwk() {
  return Json::parse(R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
                     R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})");
}
std::string Body(const Json& jwk) { return Json({{"keys", Json::array({jwk})}}).dump(); }
// The RFC 7638 thumbprint of it.
constexpr char kThumbprint[] = "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U";

TEST(Auth0CustomKeysBodyTest, KeepsAJwkAsItIs) {
  Json jwk = Jwk();
  jwk.update(Json{{"kid", "k1"}, {"use", "sig"}, {"key_ops", Json::array({"verify"})}, {"alg", "ES256"}, {"x5u", "https://x"}});
  const auto keys = ReadAuth0CustomKeys(Body(jwk));
  ASSERT_TRUE(keys.ok()) << keys.status();
  ASSERT_EQ(keys->size(), 1u);
  EXPECT_EQ(keys->front().kid, "k1");
  EXPECT_EQ(keys->front().jwk, jwk.dump());
}

TEST(Auth0CustomKeysBodyTest, GivesAKeyWithoutKidItsThumbprint) {
  const auto keys = ReadAuth0CustomKeys(Body(Jwk()));
  ASSERT_TRUE(keys.ok()) << keys.status();
  EXPECT_EQ(keys->front().kid, kThumbprint);
  EXPECT_EQ(Json::parse(keys->front().jwk)["kid"], kThumbprint);
}

TEST(Auth0CustomKeysBodyTest, RefusesAPrivateKeyWithoutRepeatingIt) {
  for (const char* member : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}) {
    Json jwk = Jwk();
    jwk[member] = "the-secret-of-a-key";
    const absl::Status status = ReadAuth0CustomKeys(Body(jwk)).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << member;
    EXPECT_TRUE(absl::StrContains(status.message(), "Private keys are not allowed")) << status;
    EXPECT_FALSE(absl::StrContains(status.message(), "the-secret")) << status;
  }
}

TEST(Auth0CustomKeysBodyTest, RefusesWhatIsNoKey) {
  const Json wrong[] = {{{"kty", "OKP"}},
                        {{"kty", 1}},
                        {{"crv", "P-384"}},
                        {{"x", "AA"}},
                        {{"alg", "RS256"}},
                        {{"alg", "none"}},
                        {{"use", "enc"}},
                        {{"key_ops", {"sign"}}},
                        {{"key_ops", "verify"}},
                        {{"x5u", "http://x"}},
                        {{"x5c", Json::array()}},
                        {{"x5c", {"AA=="}}},
                        {{"x5c", "AA=="}},
                        {{"kid", ""}},
                        {{"kid", std::string(256, 'k')}},
                        {{"kid", "k\n"}},
                        {{"kid", Json::array()}},
                        {{"more", "x"}}};
  for (const Json& change : wrong) {
    Json jwk = Jwk();
    jwk.update(change);
    EXPECT_TRUE(absl::IsInvalidArgument(ReadAuth0CustomKeys(Body(jwk)).status())) << change;
  }
}

TEST(Auth0CustomKeysBodyTest, TakesOneToTenKeysOfDifferentKids) {
  Json keys = Json::array();
  for (int i = 0; i < 11; ++i) {
    Json jwk = Jwk();
    jwk["kid"] = std::to_string(i);
    keys.push_back(jwk);
  }
  const auto read = [](const Json& array) { return ReadAuth0CustomKeys(Json({{"keys", array}}).dump()); };
  EXPECT_TRUE(absl::IsInvalidArgument(read(keys).status()));
  keys.erase(10);
  EXPECT_EQ(read(keys)->size(), 10u);
  keys[9]["kid"] = "0";
  EXPECT_TRUE(absl::IsInvalidArgument(read(keys).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(read(Json::array()).status()));
}

TEST(Auth0CustomKeysBodyTest, RefusesOtherBodies) {
  for (const char* body :
       {"", "[]", "{", "null", "{}", R"({"keys":{}})", R"({"keys":[1]})", R"({"keys":[{}]})", R"({"keys":[],"x":1})"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ReadAuth0CustomKeys(body).status())) << body;
  }
}

}  // namespace
}  // namespace signet::http
