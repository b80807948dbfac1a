#include "server/rpc/update_conversion.h"

#include <initializer_list>
#include <string>

#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

google::protobuf::FieldMask Mask(std::initializer_list<std::string> paths) {
  google::protobuf::FieldMask mask;
  mask.mutable_paths()->Add(paths.begin(), paths.end());
  return mask;
}

TEST(TenantUpdate, WithoutAMaskTheFieldsThatAreSetChange) {
  v1::Tenant tenant;
  tenant.set_name("tenants/acme");
  tenant.set_etag("e");
  tenant.set_kind(v1::Tenant::SUBACCOUNT);
  tenant.set_display_name("Acme");
  const auto update = TenantUpdateFromProto(tenant, Mask({}));
  ASSERT_TRUE(update.ok());
  EXPECT_THAT(update->display_name, Optional(std::string("Acme")));
  EXPECT_FALSE(update->parent);
  EXPECT_FALSE(update->issuer);
  EXPECT_FALSE(update->host_aliases);
}

TEST(TenantUpdate, AFieldThatTheMaskNamesChangesEvenToNothing) {
  v1::Tenant tenant;
  tenant.set_display_name("ignored");
  const auto update = TenantUpdateFromProto(tenant, Mask({"parent", "issuer", "host_aliases"}));
  ASSERT_TRUE(update.ok());
  EXPECT_FALSE(update->display_name);
  ASSERT_TRUE(update->parent);
  EXPECT_EQ(*update->parent, std::nullopt);
  EXPECT_THAT(update->issuer, Optional(std::string()));
  ASSERT_TRUE(update->host_aliases);
  EXPECT_TRUE(update->host_aliases->empty());
}

TEST(TenantUpdate, AStarNamesEveryFieldThatCanChange) {
  v1::Tenant tenant;
  tenant.set_parent("tenants/root");
  tenant.add_host_aliases("a.example");
  const auto update = TenantUpdateFromProto(tenant, Mask({"*"}));
  ASSERT_TRUE(update.ok());
  EXPECT_TRUE(update->display_name);
  ASSERT_TRUE(update->parent);
  EXPECT_EQ(*update->parent, keystore::TenantId("root"));
  EXPECT_TRUE(update->issuer);
  EXPECT_THAT(*update->host_aliases, ElementsAre("a.example"));
}

TEST(TenantUpdate, PathsThatDoNotExistOrCannotChangeAreRefused) {
  for (const std::string& path : {std::string("nothing"), std::string(""), std::string("name"), std::string("kind"),
                                  std::string("create_time"), std::string("update_time"), std::string("etag"),
                                  std::string("displayName"), std::string("policy"), std::string(100'000, 'x')}) {
    const absl::Status status = TenantUpdateFromProto(v1::Tenant(), Mask({"display_name", path})).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << path;
    EXPECT_EQ(GetReason(status), reason::kInvalidField);
    EXPECT_EQ(GetErrorDetail(status)->metadata.at("field"), "update_mask");
    EXPECT_LT(status.message().size(), 200u);
  }
  EXPECT_EQ(GetReason(TenantUpdateFromProto(v1::Tenant(), Mask({"*", "display_name"})).status()), reason::kInvalidField);
}

TEST(TenantUpdate, AParentOfAWrongFormIsRefused) {
  v1::Tenant tenant;
  tenant.set_parent("root");
  EXPECT_EQ(GetReason(TenantUpdateFromProto(tenant, Mask({"parent"})).status()), reason::kInvalidName);
}

TEST(RingUpdate, WithoutAMaskTheFieldsThatAreSetChange) {
  v1::KeyRing ring;
  ring.mutable_policy()->set_max_keys(4);
  ring.mutable_policy()->mutable_activation_delay();
  const auto update = RingUpdateFromProto(ring, Mask({}));
  ASSERT_TRUE(update.ok());
  EXPECT_FALSE(update->algorithm);
  EXPECT_FALSE(update->preset);
  ASSERT_TRUE(update->max_keys);
  EXPECT_EQ(*update->max_keys, 4);
  ASSERT_TRUE(update->activation_delay);
  EXPECT_EQ(*update->activation_delay, absl::ZeroDuration());
  EXPECT_FALSE(update->min_retention);
  EXPECT_FALSE(update->retain_until_revoked);
  EXPECT_FALSE(update->max_token_ttl);
  EXPECT_FALSE(update->jwks_max_age);
}

TEST(RingUpdate, PolicyNamesAllOfItsFields) {
  v1::KeyRing ring;
  ring.set_algorithm(v1::ES384);
  ring.mutable_policy()->set_retain_until_revoked(true);
  const auto update = RingUpdateFromProto(ring, Mask({"policy"}));
  ASSERT_TRUE(update.ok());
  EXPECT_FALSE(update->algorithm);
  EXPECT_EQ(update->preset, keystore::Preset::kStandard);
  ASSERT_TRUE(update->max_keys && update->activation_delay && update->min_retention && update->retain_until_revoked &&
              update->max_token_ttl && update->jwks_max_age);
  EXPECT_EQ(*update->max_keys, std::nullopt);
  EXPECT_EQ(*update->activation_delay, std::nullopt);
  EXPECT_EQ(*update->min_retention, std::nullopt);
  EXPECT_THAT(*update->retain_until_revoked, Optional(true));
  EXPECT_EQ(*update->max_token_ttl, std::nullopt);
  EXPECT_EQ(*update->jwks_max_age, std::nullopt);
}

TEST(RingUpdate, ASingleFieldOfThePolicyLeavesTheOthers) {
  v1::KeyRing ring;
  ring.mutable_policy()->mutable_jwks_max_age()->set_seconds(60);
  const auto update = RingUpdateFromProto(ring, Mask({"policy.max_keys", "algorithm.x"}));
  EXPECT_EQ(GetReason(update.status()), reason::kInvalidField);
  const auto reset = RingUpdateFromProto(ring, Mask({"policy.max_keys"}));
  ASSERT_TRUE(reset.ok());
  ASSERT_TRUE(reset->max_keys);
  EXPECT_EQ(*reset->max_keys, std::nullopt);
  EXPECT_FALSE(reset->jwks_max_age);
}

TEST(RingUpdate, FieldsOfRotationAndCertificatesChangeWithoutTheOthers) {
  v1::KeyRing ring;
  ring.mutable_policy()->set_automatic(false);
  ring.mutable_policy()->set_rotations_per_day(0);
  ring.mutable_policy()->mutable_period()->set_seconds(3600);
  ring.mutable_certificate_profile()->set_country("DE");
  const auto update = RingUpdateFromProto(ring, Mask({}));
  ASSERT_TRUE(update.ok());
  ASSERT_TRUE(update->automatic && update->rotations_per_day && update->period && update->country);
  EXPECT_THAT(*update->automatic, Optional(false));
  EXPECT_THAT(*update->rotations_per_day, Optional(0));
  EXPECT_THAT(*update->period, Optional(absl::Hours(1)));
  EXPECT_EQ(*update->country, "DE");
  EXPECT_FALSE(update->keep_next || update->retirement_delay || update->signing_grace || update->idempotency_window ||
               update->revoked_history || update->common_name || update->certificate_validity);
}

TEST(RingUpdate, TheCertificateProfileNamesAllOfItsFields) {
  v1::KeyRing ring;
  ring.mutable_certificate_profile()->set_common_name("shop");
  const auto update = RingUpdateFromProto(ring, Mask({"certificate_profile"}));
  ASSERT_TRUE(update.ok());
  ASSERT_TRUE(update->common_name && update->organization && update->organizational_unit && update->country &&
              update->certificate_validity);
  EXPECT_EQ(*update->common_name, "shop");
  EXPECT_EQ(*update->organization, "");
  EXPECT_EQ(*update->certificate_validity, std::nullopt);
  EXPECT_FALSE(update->max_keys);
}

TEST(RingUpdate, AnAlgorithmOrAProtectionThatIsNamedButNotSetIsMissing) {
  for (const char* field : {"algorithm", "protection"}) {
    const absl::Status status = RingUpdateFromProto(v1::KeyRing(), Mask({field})).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(GetReason(status), reason::kMissingField);
  }
}

TEST(RingUpdate, TheProtectionChangesWhenItIsSet) {
  v1::KeyRing ring;
  ring.set_protection(v1::KeyRing::WRAPPED);
  for (const google::protobuf::FieldMask& mask : {Mask({}), Mask({"protection"})}) {
    const auto update = RingUpdateFromProto(ring, mask);
    ASSERT_TRUE(update.ok());
    EXPECT_THAT(update->protection, Optional(keystore::Protection::kWrapped));
    EXPECT_FALSE(update->algorithm);
  }
  EXPECT_FALSE(RingUpdateFromProto(v1::KeyRing(), Mask({}))->protection);
}

TEST(RingUpdate, UnknownEnumNumbersAndBadDurationsAreRefused) {
  v1::KeyRing ring;
  ring.set_algorithm(static_cast<v1::Algorithm>(1000));
  EXPECT_EQ(GetReason(RingUpdateFromProto(ring, Mask({})).status()), reason::kInvalidField);
  ring.Clear();
  ring.set_protection(static_cast<v1::KeyRing::Protection>(3));
  EXPECT_EQ(GetReason(RingUpdateFromProto(ring, Mask({})).status()), reason::kInvalidField);
  ring.Clear();
  ring.mutable_policy()->mutable_max_token_ttl()->set_nanos(-2'000'000'000);
  EXPECT_EQ(GetReason(RingUpdateFromProto(ring, Mask({})).status()), reason::kInvalidField);
}

}  // namespace
}  // namespace signet::rpc
