// Tests how long the tokens live that the OAuth of the core issues.

#include <optional>
#include <string>

#include "gtest/gtest.h"
#include "server/core/oauth.h"
#include "server/core/testing/oauth_fixture.h"

namespace signet::core {
namespace {

using keystore::CredentialKind;
using keystore::CredentialRecord;
using keystore::KeyPolicy;
using keystore::Preset;

constexpr char kOrders[] = "https://orders.example";

class OAuthTokenLifeTest : public OAuthTest {
 protected:
  // A client that may ask for tokens for Signet's API and for `kOrders`.
  ClientEvidence NewClient(const std::string& id, std::optional<absl::Duration> access_token_ttl = std::nullopt,
                           std::optional<absl::Time> expire_time = std::nullopt) {
    CredentialRecord credential = Credential(id, CredentialKind::kClientSecret);
    credential.grants = {{kOrders, {"read"}}};
    credential.access_token_ttl = access_token_ttl;
    credential.expire_time = expire_time;
    return NewSecretClient(credential);
  }
  void SetPolicy(const RingName& ring, Preset preset, std::optional<absl::Duration> max_token_ttl = std::nullopt) {
    KeyPolicy policy;
    policy.preset = preset;
    policy.max_token_ttl = max_token_ttl;
    seeded_.AddRing(ring, policy);
    Refresh();
  }
  // What the endpoint answers as expires_in, which is what the token itself says.
  absl::Duration Life(const ClientEvidence& client, const std::string& audience) {
    const OAuthResult<AccessToken> result = Issue({client, audience});
    EXPECT_EQ(ErrorOf(result), "");
    const auto* token = std::get_if<AccessToken>(&result);
    if (token == nullptr) return absl::ZeroDuration();
    const nlohmann::ordered_json claims = PartOf(token->token, 1);
    EXPECT_EQ(token->expires_in, absl::Seconds(claims["exp"].get<int64_t>() - claims["iat"].get<int64_t>()));
    return token->expires_in;
  }
};

TEST_F(OAuthTokenLifeTest, ATokenLivesAsTheCredentialSaysAndTheRingAllows) {
  const ClientEvidence client = NewClient("ci", absl::Minutes(30));
  for (const auto& [ring, audience] : {std::pair(system_, kApi), std::pair(acme_, kOrders)}) {
    EXPECT_EQ(Life(client, audience), absl::Minutes(30));
    SetPolicy(ring, Preset::kStandard, absl::Minutes(20));
    EXPECT_EQ(Life(client, audience), absl::Minutes(20));
  }
}

TEST_F(OAuthTokenLifeTest, ATokenLivesForAnHourWhereTheCredentialSaysNothing) {
  const ClientEvidence client = NewClient("ci");
  for (const Preset preset : {Preset::kStandard, Preset::kSapEdge, Preset::kAuth0}) {
    SetPolicy(acme_, preset);
    EXPECT_EQ(Life(client, kOrders), absl::Hours(1));
    SetPolicy(acme_, preset, absl::Hours(2));
    EXPECT_EQ(Life(client, kOrders), absl::Hours(1));
    SetPolicy(acme_, preset, absl::Minutes(20));
    EXPECT_EQ(Life(client, kOrders), absl::Minutes(20));
  }
}

TEST_F(OAuthTokenLifeTest, WithThePresetSapBtpItIsTheRingsLongestLifeOr12HoursWithoutOne) {
  const ClientEvidence client = NewClient("ci");
  SetPolicy(acme_, Preset::kSapBtp);
  EXPECT_EQ(Life(client, kOrders), absl::Hours(12));
  SetPolicy(acme_, Preset::kSapBtp, absl::Seconds(7200));
  EXPECT_EQ(Life(client, kOrders), absl::Seconds(7200));
  SetPolicy(acme_, Preset::kSapBtp);
  EXPECT_EQ(Life(client, kOrders), absl::Hours(12));
}

TEST_F(OAuthTokenLifeTest, WithThePresetSapBtpTheCredentialStillHasTheFirstSay) {
  SetPolicy(acme_, Preset::kSapBtp);
  EXPECT_EQ(Life(NewClient("short", absl::Minutes(5)), kOrders), absl::Minutes(5));
  EXPECT_EQ(Life(NewClient("long", absl::Hours(24)), kOrders), absl::Hours(24));
  SetPolicy(acme_, Preset::kSapBtp, absl::Hours(2));
  EXPECT_EQ(Life(NewClient("longer", absl::Hours(24)), kOrders), absl::Hours(2));
}

TEST_F(OAuthTokenLifeTest, ATokenForSignetsApiLivesForAnHourWhateverThePreset) {
  const ClientEvidence client = NewClient("ci");
  SetPolicy(acme_, Preset::kSapBtp);
  EXPECT_EQ(Life(client, kApi), absl::Hours(1));
  SetPolicy(system_, Preset::kSapBtp);
  EXPECT_EQ(Life(client, kApi), absl::Hours(1));
}

// Introspection and revocation know tokens of up to a day.
TEST_F(OAuthTokenLifeTest, NoDefaultIsLongerThanATokenCanBeExplained) {
  const ClientEvidence client = NewClient("ci");
  SetPolicy(acme_, Preset::kSapBtp, absl::Hours(24 * 366));
  EXPECT_EQ(Life(client, kOrders), absl::Hours(24));
  const auto answer = process().oauth.Introspect(acme_.tenant, client, NewToken({client, kOrders}));
  ASSERT_EQ(ErrorOf(answer), "");
  EXPECT_EQ(nlohmann::json::parse(std::get<std::string>(answer)).at("active"), true);
}

TEST_F(OAuthTokenLifeTest, NoTokenOutlivesItsCredential) {
  SetPolicy(acme_, Preset::kSapBtp);
  const ClientEvidence client = NewClient("ci", std::nullopt, clock_.Now() + absl::Minutes(5) + absl::Milliseconds(500));
  EXPECT_EQ(Life(client, kApi), absl::Minutes(5));
  EXPECT_EQ(Life(client, kOrders), absl::Minutes(5));
  clock_.Advance(absl::Minutes(5));
  EXPECT_EQ(Life(client, kApi), absl::Seconds(1));
  EXPECT_EQ(Life(client, kOrders), absl::Seconds(1));
}

}  // namespace
}  // namespace signet::core
