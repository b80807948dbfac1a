#include "server/core/credential_fields.h"

#include <functional>

#include "absl/strings/str_cat.h"
#include "server/core/testing/core_fixture.h"

namespace signet::core {
namespace {

using absl::StatusCode;
using keystore::CredentialKind;

constexpr char kOwnAudience[] = "https://signet.example";
const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

using Edit = std::function<void(NewCredential&)>;

absl::Status CheckAfter(const Edit& edit) {
  NewCredential credential;
  edit(credential);
  return CheckCredentialFields(credential, kOwnAudience, kNow);
}

std::string FieldOf(const absl::Status& status) { return GetErrorDetail(status)->metadata["field"]; }

void ExpectInvalid(const Edit& edit, const std::string& field) {
  const absl::Status status = CheckAfter(edit);
  ASSERT_THAT(status, IsError(StatusCode::kInvalidArgument, reason::kInvalidField)) << field;
  EXPECT_EQ(FieldOf(status), field);
}

void ExpectMissing(const Edit& edit, const std::string& field) {
  const absl::Status status = CheckAfter(edit);
  ASSERT_THAT(status, IsError(StatusCode::kInvalidArgument, reason::kMissingField)) << field;
  EXPECT_EQ(FieldOf(status), field);
}

TEST(CredentialFieldsTest, MayAllBeLeftOut) {
  EXPECT_THAT(CheckAfter([](NewCredential&) {}), IsOk());
}

TEST(CredentialFieldsTest, NameIsOfLettersDigitsAndHyphens) {
  for (const std::string& id : {std::string("a"), std::string("-Az-09-"), std::string(128, 'x')}) {
    EXPECT_THAT(CheckAfter([&](NewCredential& c) { c.id = id; }), IsOk()) << id;
  }
  for (const std::string& id : {std::string("a_b"), std::string("a/b"), std::string("ä"), std::string(129, 'x')}) {
    EXPECT_THAT(CheckAfter([&](NewCredential& c) { c.id = id; }), IsError(StatusCode::kInvalidArgument, reason::kInvalidName))
        << id;
  }
}

TEST(CredentialFieldsTest, TokensLiveForAMinuteToADay) {
  for (const absl::Duration ttl : {absl::Minutes(1), absl::Hours(24), absl::Seconds(61)}) {
    EXPECT_THAT(CheckAfter([&](NewCredential& c) { c.access_token_ttl = ttl; }), IsOk()) << ttl;
  }
  for (const absl::Duration ttl : {absl::Seconds(59), absl::Hours(24) + absl::Seconds(1), absl::Milliseconds(60'500),
                                   -absl::Hours(1), absl::InfiniteDuration()}) {
    ExpectInvalid([&](NewCredential& c) { c.access_token_ttl = ttl; }, "credential.access_token_ttl");
  }
}

TEST(CredentialFieldsTest, EndIsAhead) {
  EXPECT_THAT(CheckAfter([](NewCredential& c) { c.expire_time = kNow + absl::Microseconds(1); }), IsOk());
  ExpectInvalid([](NewCredential& c) { c.expire_time = kNow; }, "credential.expire_time");
}

TEST(CredentialFieldsTest, GrantsAreForOthersAudiencesEachOnce) {
  EXPECT_THAT(CheckAfter([](NewCredential& c) {
                c.grants = {{"https://orders.example", {"read", "write"}}, {"urn:billing", {}}};
              }),
              IsOk());
  const std::string audience = "credential.grants.audience";
  for (const std::string& text : {std::string(), std::string("a b"), std::string("ä"), std::string(257, 'a'), std::string("a\n")}) {
    ExpectInvalid([&](NewCredential& c) { c.grants = {{text, {}}}; }, audience);
  }
  ExpectInvalid([](NewCredential& c) { c.grants = {{kOwnAudience, {}}}; }, audience);
  ExpectInvalid([](NewCredential& c) { c.grants = {{"a", {}}, {"a", {}}}; }, audience);
  ExpectInvalid(
      [](NewCredential& c) {
        for (int i = 0; i < 17; ++i) c.grants.push_back({absl::StrCat("a", i), {}});
      },
      "credential.grants");
}

TEST(CredentialFieldsTest, ScopesOfGrantsAreScopeTokens) {
  const std::string field = "credential.grants.scopes";
  for (const std::string text : {"", "a b", "a\"b", "a\\b", "ä", "\x01"}) {
    ExpectInvalid([&](NewCredential& c) { c.grants = {{"a", {text}}}; }, field);
  }
  ExpectInvalid([](NewCredential& c) { c.grants = {{"a", {"x", "x"}}}; }, field);
  ExpectInvalid(
      [](NewCredential& c) {
        c.grants = {{"a", {}}};
        for (int i = 0; i < 65; ++i) c.grants[0].scopes.push_back(absl::StrCat("s", i));
      },
      field);
}

TEST(CredentialFieldsTest, SigningProfileIsOneThatTokensCanMeet) {
  EXPECT_THAT(CheckAfter([](NewCredential& c) {
                c.signing_profile.key_rings = {keystore::RingId("saml")};
                c.signing_profile.fixed_claims_json = R"({"zone":"acme","aud":["a"]})";
                c.signing_profile.allowed_claims = {"sub"};
                c.signing_profile.required_claims = {"email"};
                c.signing_profile.audiences = {"https://orders.example"};
                c.signing_profile.max_ttl = absl::Seconds(1);
              }),
              IsOk());
  const std::string profile = "credential.signing_profile";
  ExpectInvalid([](NewCredential& c) { c.signing_profile.key_rings = {keystore::RingId("No Ring")}; }, profile + ".key_rings");
  ExpectInvalid([](NewCredential& c) { c.signing_profile.allowed_claims = {""}; }, profile + ".allowed_claims");
  ExpectInvalid([](NewCredential& c) { c.signing_profile.required_claims = {std::string(257, 'x')}; },
                profile + ".required_claims");
  ExpectInvalid([](NewCredential& c) { c.signing_profile.audiences = {"a b"}; }, profile + ".audiences");
  ExpectInvalid([](NewCredential& c) { c.signing_profile.max_ttl = absl::Milliseconds(999); }, profile + ".max_ttl");
  for (const std::string& json : {std::string("[]"), std::string("{"), std::string(R"({"exp":1})"), std::string(R"({"aud":1})"),
                                  absl::StrCat(R"({"a":")", std::string(9000, 'x'), R"("})")}) {
    ExpectInvalid([&](NewCredential& c) { c.signing_profile.fixed_claims_json = json; }, profile + ".fixed_claims_json");
  }
}

TEST(CredentialFieldsTest, SayHowTheKindAuthenticates) {
  ExpectMissing([](NewCredential& c) { c.kind = CredentialKind::kCertificate; }, "certificate");
  ExpectMissing([](NewCredential& c) { c.kind = CredentialKind::kPublicKey; }, "public_key");
  ExpectInvalid([](NewCredential& c) { c.certificate = GeneratedCertificate(); }, "certificate");
  ExpectInvalid([](NewCredential& c) { c.public_key = NewPublicKey(); }, "public_key");
  EXPECT_THAT(CheckAfter([](NewCredential& c) {
                c.kind = CredentialKind::kCertificate;
                c.certificate = GeneratedCertificate();
              }),
              IsOk());
}

TEST(CredentialFieldsTest, OnlyWhatIsShownOnceIsSealed) {
  EXPECT_THAT(CheckAfter([](NewCredential& c) { c.seal_to_jwk = "{}"; }), IsOk());
  ExpectInvalid(
      [](NewCredential& c) {
        c.kind = CredentialKind::kPublicKey;
        c.public_key = NewPublicKey();
        c.seal_to_jwk = "{}";
      },
      "seal_to_jwk");
  ExpectInvalid(
      [](NewCredential& c) {
        c.kind = CredentialKind::kCertificate;
        c.certificate = RequestedCertificate();
        c.seal_to_jwk = "{}";
      },
      "seal_to_jwk");
}

}  // namespace
}  // namespace signet::core
