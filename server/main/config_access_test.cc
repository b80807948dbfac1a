// Whom a configuration lets in, and how often.
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/main/config.h"
#include "server/main/minimal_config.h"

namespace signet::server {
namespace {

using testing::HasSubstr;

TEST(ConfigTest, AnIdentityIsOneNameWithScopesAndAnAuthority) {
  const auto identity = [](absl::string_view members) {
    return ErrorsOf(absl::StrCat(kMinimal, "authentication:\n  client_ca_file: /ca\n  identities:\n    - {", members, "}\n"));
  };
  EXPECT_THAT(identity("scopes: ['sign:tokens']"), HasSubstr("identities[0]: must have exactly one of spiffe_id and dns_name"));
  EXPECT_THAT(identity("spiffe_id: 'spiffe://a/b', dns_name: a.example, scopes: ['sign:tokens']"), HasSubstr("exactly one of"));
  EXPECT_THAT(identity("spiffe_id: 'https://a/b', scopes: ['sign:tokens']"), HasSubstr("spiffe_id: must begin with spiffe://"));
  EXPECT_THAT(identity("dns_name: a.example"), HasSubstr("identities[0].scopes: is required"));
  EXPECT_THAT(identity("dns_name: a.example, scopes: ['sign:everything']"), HasSubstr("scopes: holds what is no scope"));
  EXPECT_THAT(identity("dns_name: a.example, scopes: ['sign:tokens'], tenant: A_B"),
              HasSubstr("tenant: must be the id of a tenant"));
  EXPECT_THAT(identity("dns_name: a.example, scopes: ['sign:tokens'], signing_profile: {max_ttl: 0s}"),
              HasSubstr("identities[0].signing_profile.max_ttl: must be at least 1 second"));
  EXPECT_THAT(identity("dns_name: a.example, scopes: ['sign:tokens'], signing_profile: {fixed_claims_json: '[]'}"),
              HasSubstr("signing_profile.fixed_claims_json: "));
  EXPECT_THAT(identity("dns_name: a.example, scopes: ['sign:tokens']}\n    - {dns_name: a.example, scopes: ['sign:tokens']"),
              HasSubstr("identities[1]: must not be an identity that stands before"));
  EXPECT_THAT(
      ErrorsOf(absl::StrCat(kMinimal, "authentication:\n  identities:\n    - {dns_name: a.example, scopes: ['sign:tokens']}\n")),
      HasSubstr("authentication.client_ca_file: is required"));
}

TEST(ConfigTest, QuotasAndSealsHaveDefaultsAndRanges) {
  const auto config = ParseConfig(absl::StrCat(kMinimal, "quotas: {administrative: {per_principal: 0}}\n"), "c.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->quotas().administrative().per_principal(), 0);
  EXPECT_EQ(config->quotas().administrative().per_tenant(), 500);
  EXPECT_EQ(config->quotas().token().per_principal(), 50);
  EXPECT_EQ(config->quotas().signing().per_tenant(), 0);
  EXPECT_EQ(config->audit().seal_events(), 1000);
  EXPECT_EQ(config->audit().seal_interval().seconds(), 600);
  const auto at_end = [](absl::string_view lines) { return ErrorsOf(absl::StrCat(kMinimal, lines)); };
  EXPECT_THAT(at_end("quotas: {token: {per_tenant: -1}}\n"), HasSubstr("quotas.token.per_tenant: must be 0 to 1000000"));
  EXPECT_THAT(at_end("quotas: {signing: {burst: 0s}}\n"), HasSubstr("quotas.signing.burst: must be 1s to 1h"));
  EXPECT_THAT(at_end("audit: {seal_events: 0}\n"), HasSubstr("audit.seal_events: must be 1 to 1000000"));
  EXPECT_THAT(at_end("audit: {seal_interval: 31d}\n"), HasSubstr("audit.seal_interval: must be 1s to 30d"));
}

}  // namespace
}  // namespace signet::server
