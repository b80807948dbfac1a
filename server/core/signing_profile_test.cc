#include "server/core/signing_profile.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "server/core/json_object.h"

namespace signet::core {
namespace {

using keystore::RingId;
using keystore::SigningProfile;

void ExpectRefused(const absl::Status& status, absl::string_view rule, absl::string_view claim = "") {
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied) << status;
  EXPECT_EQ(GetReason(status), reason::kSigningProfile);
  const auto detail = GetErrorDetail(status);
  ASSERT_TRUE(detail);
  EXPECT_EQ(detail->metadata.at("rule"), rule);
  EXPECT_EQ(detail->metadata.contains("claim") ? detail->metadata.at("claim") : "", claim);
}

// Applies `profile` to claims; what they are afterwards, or the error.
absl::StatusOr<std::string> Apply(const SigningProfile& profile, absl::string_view text) {
  SIGNET_ASSIGN_OR_RETURN(nlohmann::ordered_json claims, ParseJsonObject(text));
  SIGNET_RETURN_IF_ERROR(ApplyProfile(profile, claims));
  return claims.dump();
}

TEST(SigningProfile, AllowsEverythingIfItIsEmpty) {
  const SigningProfile profile;
  EXPECT_TRUE(CheckProfileRing(profile, RingId("any")).ok());
  EXPECT_TRUE(CheckProfileTtl(profile, absl::Hours(1000)).ok());
  EXPECT_EQ(*Apply(profile, R"({"b":1,"aud":["x"],"a":{"c":2}})"), R"({"b":1,"aud":["x"],"a":{"c":2}})");
}

TEST(SigningProfile, AllowsTheRingsThatItNames) {
  const SigningProfile profile = {.key_rings = {RingId("a"), RingId("b")}};
  EXPECT_TRUE(CheckProfileRing(profile, RingId("b")).ok());
  ExpectRefused(CheckProfileRing(profile, RingId("ab")), "key_rings");
}

TEST(SigningProfile, RefusesALifeThatIsLongerThanItsLongest) {
  const SigningProfile profile = {.max_ttl = absl::Minutes(5)};
  EXPECT_TRUE(CheckProfileTtl(profile, absl::Minutes(5)).ok());
  ExpectRefused(CheckProfileTtl(profile, absl::Minutes(5) + absl::Nanoseconds(1)), "max_ttl");
}

TEST(SigningProfile, AddsItsFixedClaimsAndLetsThemBeRepeatedButNotChanged) {
  const SigningProfile profile = {.fixed_claims_json = R"({"zone":"eu","roles":["a"]})"};
  EXPECT_EQ(*Apply(profile, R"({"sub":"x"})"), R"({"sub":"x","zone":"eu","roles":["a"]})");
  EXPECT_EQ(*Apply(profile, R"({"roles":["a"],"sub":"x"})"), R"({"roles":["a"],"sub":"x","zone":"eu"})");
  ExpectRefused(Apply(profile, R"({"zone":"us"})").status(), "fixed_claims_json", "zone");
  ExpectRefused(Apply(profile, R"({"z\u006fne":"us"})").status(), "fixed_claims_json", "zone");
  ExpectRefused(Apply(profile, R"({"zone":null})").status(), "fixed_claims_json", "zone");
  ExpectRefused(Apply(profile, R"({"roles":["a","b"]})").status(), "fixed_claims_json", "roles");
}

TEST(SigningProfile, AllowsTheClaimsThatItNamesInAnyOfItsLists) {
  const SigningProfile profile = {
      .fixed_claims_json = R"({"zone":"eu"})", .allowed_claims = {"sub"}, .required_claims = {"tenant"}, .audiences = {"api"}};
  EXPECT_TRUE(Apply(profile, R"({"sub":"x","tenant":"t","aud":"api","zone":"eu"})").ok());
  ExpectRefused(Apply(profile, R"({"tenant":"t","aud":"api","admin":true})").status(), "allowed_claims", "admin");
  ExpectRefused(Apply(profile, R"({"tenant":"t","aud":"api","Sub":"x"})").status(), "allowed_claims", "Sub");
}

TEST(SigningProfile, ReturnsNoMoreThanTheBeginningOfANameThatTheCallerChose) {
  const SigningProfile profile = {.allowed_claims = {"sub"}};
  ExpectRefused(Apply(profile, absl::StrCat("{\"", std::string(10'000, 'a'), "\":1}")).status(), "allowed_claims",
                std::string(128, 'a'));
}

TEST(SigningProfile, CutsSuchANameBetweenCharacters) {
  const SigningProfile profile = {.allowed_claims = {"sub"}};
  const std::string start(126, 'a');
  ExpectRefused(Apply(profile, absl::StrCat("{\"", start, "é€\":1}")).status(), "allowed_claims", absl::StrCat(start, "é"));
  ExpectRefused(Apply(profile, absl::StrCat("{\"", start, "€\":1}")).status(), "allowed_claims", start);
}

TEST(SigningProfile, AllowsAudOnlyWhereItIsNamedOrAudiencesAre) {
  EXPECT_TRUE(Apply({.allowed_claims = {"aud"}}, R"({"aud":"x"})").ok());
  ExpectRefused(Apply({.allowed_claims = {"sub"}}, R"({"aud":"x"})").status(), "allowed_claims", "aud");
}

TEST(SigningProfile, LeavesDigestsToThoseWhoAreLimitedToRingsAtMost) {
  EXPECT_TRUE(CheckProfileDigest({}).ok());
  EXPECT_TRUE(CheckProfileDigest({.key_rings = {RingId("a")}}).ok());
  ExpectRefused(CheckProfileDigest({.fixed_claims_json = R"({"a":1})"}), "fixed_claims_json");
  ExpectRefused(CheckProfileDigest({.allowed_claims = {"sub"}}), "allowed_claims");
  ExpectRefused(CheckProfileDigest({.required_claims = {"sub"}}), "required_claims");
  ExpectRefused(CheckProfileDigest({.audiences = {"a"}}), "audiences");
  ExpectRefused(CheckProfileDigest({.max_ttl = absl::Hours(1)}), "max_ttl");
}

TEST(SigningProfile, RequiresTheClaimsThatItNames) {
  const SigningProfile profile = {.fixed_claims_json = R"({"zone":"eu"})", .required_claims = {"zone", "sub"}};
  EXPECT_TRUE(Apply(profile, R"({"sub":"x"})").ok()) << "a fixed claim is there";
  EXPECT_TRUE(Apply(profile, R"({"sub":"x","more":1})").ok()) << "to require some is not to forbid others";
  ExpectRefused(Apply(profile, R"({"more":1})").status(), "required_claims", "sub");
}

TEST(SigningProfile, RequiresAnAudienceOfItsOwnAndNoOther) {
  const SigningProfile profile = {.audiences = {"a", "b"}};
  for (const char* claims : {R"({"aud":"a"})", R"({"aud":["a"]})", R"({"aud":["b","a"]})"}) {
    EXPECT_TRUE(Apply(profile, claims).ok()) << claims;
  }
  for (const char* claims : {"{}", R"({"aud":"c"})", R"({"aud":[]})", R"({"aud":["a","c"]})", R"({"aud":["a",1]})", R"({"aud":1})",
                             R"({"aud":null})", R"({"aud":{"a":"a"}})", R"({"aud":"A"})"}) {
    ExpectRefused(Apply(profile, claims).status(), "audiences", "aud");
  }
}

TEST(SigningProfile, TakesTheAudienceFromItsFixedClaims) {
  EXPECT_EQ(*Apply({.fixed_claims_json = R"({"aud":"a"})", .audiences = {"a"}}, "{}"), R"({"aud":"a"})");
}

TEST(SigningProfile, SignsNothingUnderFixedClaimsThatCannotBeRead) {
  const absl::Status status = Apply({.fixed_claims_json = "{"}, "{}").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(GetReason(status), reason::kStoreCorrupt);
}

}  // namespace
}  // namespace signet::core
