#include "server/core/names.h"

#include <string>

#include "base/error.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"

namespace signet::core {
namespace {

void ExpectRefused(const absl::Status& status, absl::string_view reason, absl::string_view what) {
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << what;
  EXPECT_EQ(GetReason(status), reason) << what;
  ASSERT_TRUE(GetErrorDetail(status).has_value()) << what;
  EXPECT_EQ(GetErrorDetail(status)->metadata["field"], "name") << what;
  EXPECT_LT(status.message().size(), 300u) << what;
}

TEST(Names, AreParsedAndFormattedBack) {
  const absl::StatusOr<KeyName> key = ParseKeyName("name", "tenants/t-1/keyRings/access-token/keys/_Kid.1-");
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->ring.tenant.value(), "t-1");
  EXPECT_EQ(key->ring.ring.value(), "access-token");
  EXPECT_EQ(key->kid.value(), "_Kid.1-");
  EXPECT_EQ(FormatKeyName(*key), "tenants/t-1/keyRings/access-token/keys/_Kid.1-");
  EXPECT_EQ(FormatRingName(*ParseRingName("name", "tenants/t/keyRings/r")), "tenants/t/keyRings/r");
  EXPECT_EQ(FormatTenantName(*ParseTenantName("name", "tenants/0")), "tenants/0");
}

TEST(Names, OfTheLongestIdsAreAccepted) {
  EXPECT_TRUE(CheckTenantId("name", std::string(63, 'a')).ok());
  EXPECT_TRUE(CheckTenantId("name", "0d6f3bc4-6a1c-4b8e-9a3e-1b0c5a2f7e11").ok());
  EXPECT_TRUE(CheckRingId("name", std::string(63, 'a')).ok());
  EXPECT_TRUE(CheckKid("name", std::string(128, 'Z')).ok());
}

TEST(Names, ThatAreEmptyAreMissing) {
  ExpectRefused(ParseTenantName("name", "").status(), reason::kMissingField, "tenant name");
  ExpectRefused(ParseRingName("name", "").status(), reason::kMissingField, "ring name");
  ExpectRefused(ParseKeyName("name", "").status(), reason::kMissingField, "key name");
  ExpectRefused(CheckTenantId("name", "").status(), reason::kMissingField, "tenant id");
  ExpectRefused(CheckRingId("name", "").status(), reason::kMissingField, "ring id");
  ExpectRefused(CheckKid("name", "").status(), reason::kMissingField, "kid");
}

TEST(Names, OfAnotherFormAreRefused) {
  for (const char* name : {"tenants", "tenants/", "/tenants/t", "tenants/t/", "Tenants/t", "tenant/t", "tenants/t/keyRings/r", "t",
                           "tenants//t", "tenants/t?x", "tenants/\xc3\xa4"}) {
    ExpectRefused(ParseTenantName("name", name).status(), reason::kInvalidName, name);
  }
  for (const char* name :
       {"tenants/t", "tenants/t/keyRings", "tenants/t/keyRings/", "tenants/t/keyrings/r", "tenants/t/keyRings/r/keys/k"}) {
    ExpectRefused(ParseRingName("name", name).status(), reason::kInvalidName, name);
  }
  for (const char* name : {"tenants/t/keyRings/r", "tenants/t/keyRings/r/keys/", "tenants/t/keyRings/r/key/k",
                           "tenants/t/keyRings/r/keys/k/x", "tenants/t/keyRings/r/keys/..", "tenants/t/keyRings/9/keys/k"}) {
    ExpectRefused(ParseKeyName("name", name).status(), reason::kInvalidName, name);
  }
}

TEST(Names, WithWrongCharactersAreRefused) {
  for (const std::string& id : {std::string("A"), std::string("a_b"), std::string("-a"), std::string("a-"), std::string("a b"),
                                std::string("a\0b", 3), std::string("a.b"), std::string("a/b")}) {
    ExpectRefused(CheckTenantId("name", id).status(), reason::kInvalidName, id);
    ExpectRefused(CheckRingId("name", id).status(), reason::kInvalidName, id);
  }
  ExpectRefused(CheckRingId("name", "1a").status(), reason::kInvalidName, "ring ids begin with a letter");
  for (const std::string& id :
       {std::string(".a"), std::string("a b"), std::string("a/b"), std::string("a\n"), std::string("\xff")}) {
    ExpectRefused(CheckKid("name", id).status(), reason::kInvalidName, id);
  }
}

TEST(Names, ThatAreTooLongAreRefusedAndNotRepeated) {
  const std::string endless(10'000, 'a');
  ExpectRefused(CheckTenantId("name", std::string(64, 'a')).status(), reason::kInvalidName, "64");
  ExpectRefused(CheckRingId("name", std::string(64, 'a')).status(), reason::kInvalidName, "64");
  ExpectRefused(CheckKid("name", std::string(129, 'a')).status(), reason::kInvalidName, "129");
  ExpectRefused(CheckTenantId("name", endless).status(), reason::kInvalidName, "10,000");
  ExpectRefused(CheckRingId("name", endless).status(), reason::kInvalidName, "10,000");
  ExpectRefused(CheckKid("name", endless).status(), reason::kInvalidName, "10,000");
  ExpectRefused(ParseTenantName("name", "tenants/" + endless).status(), reason::kInvalidName, "10,000");
  ExpectRefused(ParseRingName("name", "tenants/t/keyRings/" + endless).status(), reason::kInvalidName, "10,000");
  ExpectRefused(ParseKeyName("name", "tenants/t/keyRings/r/keys/" + endless).status(), reason::kInvalidName, "10,000");
  ExpectRefused(ParseKeyName("name", std::string(10'000, '/')).status(), reason::kInvalidName, "10,000 slashes");
}

}  // namespace
}  // namespace signet::core
