#include "server/core/tenant_snapshot.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/base64url.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::core {
namespace {

using keystore::KeyState;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kInstance[] = "00112233445566778899aabbccddeeff";
constexpr char kUrl[] = "https://localhost:8444";

std::string EcDer() {
  // The example of RFC 7515 appendix A.3.
  const auto key = hsm::PublicKey::FromEcPoint(hsm::Algorithm::kEs256,
                                               absl::StrCat("\x04", *Base64UrlDecode("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
                                                            *Base64UrlDecode("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")));
  EXPECT_TRUE(key.ok()) << key.status();
  return key->spki_der();
}

std::string Ed25519Der() {
  const auto key = hsm::PublicKey::FromEd25519(*Base64UrlDecode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"));
  EXPECT_TRUE(key.ok()) << key.status();
  return key->spki_der();
}

keystore::KeyRecord Key(const std::string& kid, KeyState state, keystore::Revision age) {
  keystore::KeyRecord key;
  key.uid = keystore::KeyUid(absl::BytesToHexString(absl::StrCat(kid, std::string(16 - kid.size(), '\0'))));
  key.tenant = keystore::TenantId("acme");
  key.ring = keystore::RingId("access-token");
  key.kid = keystore::Kid(kid);
  key.algorithm = "ES256";
  key.public_key_der = EcDer();
  key.state = state;
  key.create_revision = age;
  return key;
}

// A tenant under construction.
struct Parts {
  keystore::TenantRecord tenant;
  std::map<keystore::RingId, keystore::RingRecord> rings;
  PublishedKeys keys;

  Parts() {
    tenant.id = keystore::TenantId("acme");
    rings[keystore::RingId("access-token")] = {};
  }
  void Add(const keystore::KeyRecord& record) {
    auto key = ReadPublishedKey(record, std::make_shared<const std::string>(kInstance));
    ASSERT_TRUE(key.ok()) << key.status();
    keys.Apply({{record.uid, std::make_shared<const PublishedKey>(*std::move(key))}});
  }
  std::shared_ptr<const TenantSnapshot> Build() const {
    TenantParts parts = {.tenant = tenant, .rings = {}, .keys = keys};
    for (const auto& [id, ring] : rings) parts.rings[id] = keystore::TermsOf(ring);
    return BuildSnapshot(std::move(parts), kUrl);
  }
  Jwks MakeJwks() const { return BuildJwks(Build()->published); }
};

TEST(ReadPublishedKey, KnowsTheKeyInTheHsmAndEncodesItsHeader) {
  const keystore::KeyRecord record = Key("k1", KeyState::kEnabled, 7);
  const auto key = ReadPublishedKey(record, std::make_shared<const std::string>(kInstance));
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(FormatKeyName(key->name), "tenants/acme/keyRings/access-token/keys/k1");
  EXPECT_EQ(key->signing_form().spec.id, absl::string_view("k1\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16));
  EXPECT_EQ(key->signing_form().spec.label, absl::StrCat("signet/", kInstance, "/", record.uid.value()));
  EXPECT_EQ(key->signing_form().spec.algorithm, hsm::Algorithm::kEs256);
  EXPECT_EQ(*Base64UrlDecode(key->signing_form().encoded_header), R"({"alg":"ES256","kid":"k1","typ":"JWT"})");
  EXPECT_EQ(*Base64UrlDecode(key->signing_form().encoded_access_token_header), R"({"alg":"ES256","kid":"k1","typ":"at+jwt"})");
}

TEST(ReadPublishedKey, RefusesARecordThatCannotBeRead) {
  keystore::KeyRecord unknown = Key("k1", KeyState::kEnabled, 1);
  unknown.algorithm = "ES1024";
  keystore::KeyRecord garbled = Key("k1", KeyState::kEnabled, 1);
  garbled.public_key_der = "garbage";
  keystore::KeyRecord unfit = Key("k1", KeyState::kEnabled, 1);
  unfit.algorithm = "RS256_2048";
  for (const keystore::KeyRecord& record : {unknown, garbled, unfit}) {
    const auto key = ReadPublishedKey(record, std::make_shared<const std::string>(kInstance));
    EXPECT_EQ(key.status().code(), absl::StatusCode::kDataLoss);
    EXPECT_EQ(GetReason(key.status()), reason::kStoreCorrupt);
  }
}

TEST(BuildSnapshot, ATenantWithoutKeysHasAnEmptySet) {
  const auto snapshot = Parts().Build();
  EXPECT_EQ(BuildJwks(snapshot->published).json, R"({"keys":[]})");
  EXPECT_EQ(snapshot->issuer, "https://localhost:8444/t/acme");
  EXPECT_EQ(snapshot->rings.at(keystore::RingId("access-token")).current, nullptr);
  EXPECT_THAT(snapshot->SigningAlgorithms(), IsEmpty());
  EXPECT_EQ(snapshot->jwks_life.MaxAge(absl::UnixEpoch()), absl::Minutes(5));
}

TEST(BuildSnapshot, CustomKeysStandBehindTheTenantsOwnAndTakeNoKidOfThem) {
  Parts parts;
  parts.Add(Key("own", KeyState::kEnabled, 2));
  const auto snapshot = parts.Build();
  const std::string own = BuildJwks(snapshot->published).json;
  const Jwks with_custom =
      BuildJwks(snapshot->published, {{"b", R"({"kid":"b"})"}, {"own", R"({"kid":"own"})"}, {"a", R"({"kid":"a"})"}});
  EXPECT_EQ(with_custom.json, absl::StrCat(own.substr(0, own.size() - 2), R"(,{"kid":"b"},{"kid":"a"}]})"));
  EXPECT_NE(with_custom.etag, BuildJwks(snapshot->published).etag);
}

TEST(BuildSnapshot, OrdersTheJwksByEnabledAndThenByAgeTheYoungestFirst) {
  Parts parts;
  parts.rings[keystore::RingId("saml")] = {};
  parts.Add(Key("old", KeyState::kDisabled, 1));
  parts.Add(Key("current", KeyState::kEnabled, 2));
  parts.Add(Key("next", KeyState::kDisabled, 9));
  keystore::KeyRecord saml = Key("saml", KeyState::kEnabled, 5);
  saml.ring = keystore::RingId("saml");
  saml.algorithm = "ED25519";
  saml.public_key_der = Ed25519Der();
  parts.Add(saml);
  const auto snapshot = parts.Build();

  const std::string ec = R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
                         R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","use":"sig",)";
  EXPECT_EQ(BuildJwks(snapshot->published).json,
            absl::StrCat(R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","use":"sig",)"
                         R"("kid":"saml","alg":"Ed25519"},)",
                         ec, R"("kid":"current","alg":"ES256"},)", ec, R"("kid":"next","alg":"ES256"},)", ec,
                         R"("kid":"old","alg":"ES256"}]})"));
  EXPECT_THAT(snapshot->SigningAlgorithms(), ElementsAre("ES256", "Ed25519"));
  EXPECT_EQ(snapshot->rings.at(keystore::RingId("access-token")).current->name.kid.value(), "current");
  EXPECT_EQ(snapshot->rings.at(keystore::RingId("saml")).current->name.kid.value(), "saml");
  EXPECT_EQ(snapshot->published.size(), 4u);
}

TEST(BuildSnapshot, TheEtagIsStrongAndFollowsTheContent) {
  Parts parts;
  parts.Add(Key("a", KeyState::kDisabled, 1));
  const std::string etag = parts.MakeJwks().etag;
  EXPECT_THAT(etag, testing::MatchesRegex("\"[A-Za-z0-9_-]{22}\""));
  EXPECT_EQ(parts.MakeJwks().etag, etag);
  parts.tenant.display_name = "changes nothing that verifiers see";
  EXPECT_EQ(parts.MakeJwks().etag, etag);
  parts.Add(Key("b", KeyState::kDisabled, 2));
  EXPECT_NE(parts.MakeJwks().etag, etag);
}

TEST(BuildSnapshot, TheJwksMayBeCachedForTheShortestTimeOfItsRings) {
  Parts parts;
  parts.rings[keystore::RingId("access-token")].policy.jwks_max_age = absl::Hours(1);
  EXPECT_EQ(parts.Build()->jwks_life.MaxAge(absl::UnixEpoch()), absl::Hours(1));
  parts.rings[keystore::RingId("saml")].policy.jwks_max_age = absl::Seconds(30);
  EXPECT_EQ(parts.Build()->jwks_life.MaxAge(absl::UnixEpoch()), absl::Seconds(30));
}

TEST(BuildSnapshot, TheJwksMayBeCachedUntilTheNextPlannedChangeOnly) {
  const absl::Time enabled = absl::FromUnixSeconds(1'700'000'000);
  keystore::KeyRecord current = Key("a", KeyState::kEnabled, 1);
  current.enable_time = enabled;
  Parts parts;
  keystore::KeyPolicy& policy = parts.rings[keystore::RingId("access-token")].policy;
  policy.period = absl::Hours(24);
  policy.max_token_ttl = absl::Hours(1);
  parts.Add(current);
  const JwksLife jwks = parts.Build()->jwks_life;
  ASSERT_EQ(jwks.planned_changes.size(), 1u);
  const absl::Time rotation = jwks.planned_changes[0];
  EXPECT_EQ(jwks.MaxAge(rotation - absl::Hours(1)), absl::Minutes(5));
  EXPECT_EQ(jwks.MaxAge(rotation - absl::Seconds(30)), absl::Seconds(30));
  EXPECT_EQ(jwks.MaxAge(rotation - absl::Milliseconds(1500)), absl::Seconds(1));
  EXPECT_EQ(jwks.MaxAge(rotation - absl::Milliseconds(1)), absl::Seconds(1));
  EXPECT_EQ(jwks.MaxAge(rotation), absl::Minutes(5)) << "one that is overdue can be held up for long";
}

TEST(BuildSnapshot, AnIssuerOfTheTenantsOwnIsTakenAsItIs) {
  Parts parts;
  parts.tenant.issuer = "https://login.acme.example";
  EXPECT_EQ(parts.Build()->issuer, "https://login.acme.example");
}

}  // namespace
}  // namespace signet::core
