#include "clients/cli/field_hint.h"

#include <string>

#include "base/error.h"
#include "base/error_reason.h"
#include "clients/cli/failure.h"
#include "gtest/gtest.h"

namespace signet::cli {
namespace {

// What is told of an error in `field`, below its message and reason.
std::string Told(const std::string& field, const Values& values) {
  const std::string text = DescribeFailure(WithFieldHint(InvalidField(field, "m"), values), Format::kText);
  const std::string head = "FAILED: " + field + ": m\nReason: INVALID_FIELD\n";
  EXPECT_EQ(text.substr(0, head.size()), head);
  return text.substr(head.size());
}

TEST(WithFieldHint, NamesTheParameterThatTheFieldComesFrom) {
  Values values;
  for (const char* parameter : {"id", "display-name", "activation-delay", "max-keys", "parent", "algorithm", "rotate-automatically",
                                "organization", "since"})
    values.Add(parameter, "x");
  EXPECT_EQ(Told("tenant_id", values), "Hint: check --id\n");
  EXPECT_EQ(Told("tenant.display_name", values), "Hint: check --display-name\n");
  EXPECT_EQ(Told("tenant.parent", values), "Hint: check --parent\n");
  EXPECT_EQ(Told("policy.activation_delay", values), "Hint: check --activation-delay\n");
  EXPECT_EQ(Told("key_ring.policy.max_keys", values), "Hint: check --max-keys\n");
  EXPECT_EQ(Told("key_ring.policy.automatic", values), "Hint: check --rotate-automatically\n");
  EXPECT_EQ(Told("certificate_profile.organization", values), "Hint: check --organization\n");
  EXPECT_EQ(Told("subject.organization", values), "Hint: check --organization\n");
  EXPECT_EQ(Told("start_time", values), "Hint: check --since\n");
  EXPECT_EQ(Told("key_ring.algorithm", values), "Hint: check --algorithm\n");
}

TEST(WithFieldHint, KnowsTheFieldsOfCredentials) {
  Values values;
  for (const char* parameter : {"scopes", "grant", "signing-profile", "token-ttl", "certificate", "csr", "generate-key", "validity",
                                "public-key", "key", "seal-to", "overlap", "secret", "expires"})
    values.Add(parameter, "x");
  EXPECT_EQ(Told("credential.scopes", values), "Hint: check --scopes, --grant\n");
  EXPECT_EQ(Told("credential.grants.audience", values), "Hint: check --grant\n");
  EXPECT_EQ(Told("credential.signing_profile.fixed_claims_json", values), "Hint: check --signing-profile\n");
  EXPECT_EQ(Told("credential.access_token_ttl", values), "Hint: check --token-ttl\n");
  EXPECT_EQ(Told("certificate.pem", values), "Hint: check --certificate\n");
  EXPECT_EQ(Told("certificate.validity", values), "Hint: check --validity\n");
  EXPECT_EQ(Told("public_key.public_key", values), "Hint: check --public-key\n");
  EXPECT_EQ(Told("public_key.id", values), "Hint: check --key\n");
  EXPECT_EQ(Told("seal_to_jwk", values), "Hint: check --seal-to\n");
  EXPECT_EQ(Told("overlap", values), "Hint: check --overlap\n");
}

TEST(WithFieldHint, NamesAllPartsOfAResourceNameThatWereWritten) {
  Values values;
  values.Add("key", "k");
  values.Add("ring", "r");
  values.Add("subaccount", "s");
  EXPECT_EQ(Told("name", values), "Hint: check --key, --ring, --subaccount\n");
  EXPECT_EQ(Told("key_ring", values), "Hint: check --ring, --subaccount\n");
}

TEST(WithFieldHint, SaysNothingOfWhatWasNotWritten) {
  Values values;
  values.Add("subaccount", "");
  EXPECT_EQ(Told("name", values), "");
  EXPECT_EQ(Told("etag", values), "");
  EXPECT_EQ(DescribeFailure(WithFieldHint(absl::InternalError("m"), values), Format::kText), "FAILED: m\n");
}

}  // namespace
}  // namespace signet::cli
