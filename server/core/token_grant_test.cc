#include "server/core/token_grant.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace signet::core {
namespace {

constexpr char kApi[] = "https://signet.example";

keystore::CredentialRecord Credential(std::vector<std::string> scopes, std::vector<keystore::AudienceGrant> grants) {
  keystore::CredentialRecord credential;
  credential.scopes = std::move(scopes);
  credential.grants = std::move(grants);
  return credential;
}

// "audience|scope", or the error.
std::string Decide(const keystore::CredentialRecord& credential, const std::string& audience, const std::string& scope = "") {
  const auto result = DecideGrant(credential, {kApi, "https://api.example"}, {.audience = audience, .scope = scope});
  if (const auto* error = std::get_if<OAuthError>(&result)) return error->error;
  const TokenGrant& grant = std::get<TokenGrant>(result);
  const bool is_own = grant.audience == kApi || grant.audience == "https://api.example";
  EXPECT_EQ(grant.is_own_api, is_own);
  return grant.audience + "|" + grant.scope;
}

TEST(DecideGrant, TakesSignetsApiWhereNoneIsNamed) {
  const auto credential = Credential({"sign:tokens", "read:audit"}, {{"https://a.example", {"x"}}});
  EXPECT_EQ(Decide(credential, ""), "https://signet.example|read:audit sign:tokens");
  EXPECT_EQ(Decide(credential, "https://api.example"), "https://api.example|read:audit sign:tokens");
  EXPECT_EQ(Decide(credential, "https://a.example"), "https://a.example|x");
}

TEST(DecideGrant, TakesTheOnlyGrantOfAClientWithoutScopes) {
  EXPECT_EQ(Decide(Credential({}, {{"https://a.example", {"x", "y"}}}), ""), "https://a.example|x y");
  EXPECT_EQ(Decide(Credential({}, {{"https://a.example", {}}}), ""), "https://a.example|");
  EXPECT_EQ(Decide(Credential({}, {{"https://a.example", {}}, {"https://b.example", {}}}), ""), "invalid_target");
  EXPECT_EQ(Decide(Credential({}, {}), ""), "invalid_target");
}

TEST(DecideGrant, TakesSignetsApiFromNoGrant) {
  EXPECT_EQ(Decide(Credential({}, {{kApi, {"manage:tenants"}}}), ""), "invalid_target");
  EXPECT_EQ(Decide(Credential({}, {{"https://api.example", {"manage:tenants"}}}), ""), "invalid_target");
}

TEST(DecideGrant, RefusesAnAudienceThatIsNotGranted) {
  const auto credential = Credential({}, {{"https://a.example", {"x"}}, {kApi, {"manage:tenants"}}});
  for (const char* audience : {"https://b.example", "https://a.example/", "https://A.example", "a", kApi}) {
    EXPECT_EQ(Decide(credential, audience), "invalid_target") << audience;
  }
}

TEST(DecideGrant, TakesTheScopesThatAreNamedEachOnce) {
  const auto credential = Credential({"sign:tokens", "read:audit"}, {{"https://a.example", {"x", "y", "z"}}});
  EXPECT_EQ(Decide(credential, "", "sign:tokens"), "https://signet.example|sign:tokens");
  EXPECT_EQ(Decide(credential, "https://a.example", "z x z"), "https://a.example|z x");
}

TEST(DecideGrant, TakesAuth0sNamesOfScopesForSignetsApiAlone) {
  const auto credential = Credential({"update:credentials"}, {{"https://a.example", {"update:client_keys"}}});
  EXPECT_EQ(Decide(credential, "", "update:client_keys delete:client_credentials"), "https://signet.example|update:credentials");
  EXPECT_EQ(Decide(credential, "", "read:client_keys"), "invalid_scope");
  EXPECT_EQ(Decide(credential, "https://a.example", "update:client_keys"), "https://a.example|update:client_keys");
}

TEST(DecideGrant, RefusesScopesBeyondTheGrant) {
  const auto credential = Credential({"sign:tokens", "read:audit"}, {{"https://a.example", {"x", "y"}}});
  for (const char* scope : {"manage:tenants", "sign:tokens manage:tenants", "x", " ", "sign:tokens ", " sign:tokens",
                            "sign:tokens  read:audit", "SIGN:TOKENS", "sign:tokens,read:audit", "sign:tokens\tread:audit", "*"}) {
    EXPECT_EQ(Decide(credential, "", scope), "invalid_scope") << scope;
  }
  EXPECT_EQ(Decide(credential, "https://a.example", "x z"), "invalid_scope");
  EXPECT_EQ(Decide(Credential({}, {{"https://a.example", {}}}), "", "x"), "invalid_scope");
}

TEST(DecideGrant, GivesAReadOnlyClientReadScopesAlone) {
  auto credential = Credential({"read:audit", "sign:tokens"}, {});
  credential.read_only = true;
  EXPECT_EQ(Decide(credential, ""), "https://signet.example|read:audit");
  EXPECT_EQ(Decide(credential, "", "sign:tokens"), "invalid_scope");
}

}  // namespace
}  // namespace signet::core
