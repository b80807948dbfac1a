#include "server/rpc/proto_conversion.h"

#include <limits>
#include <string>

#include "base/error.h"
#include "base/error_reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signet/v1/algorithm.pb.h"

namespace signet::rpc {
namespace {

using ::testing::ElementsAre;

// 2023-11-14T22:13:20.5Z.
const absl::Time kTime = absl::FromUnixMillis(1'700'000'000'500);

google::protobuf::Duration DurationOf(int64_t seconds, int32_t nanos) {
  google::protobuf::Duration duration;
  duration.set_seconds(seconds);
  duration.set_nanos(nanos);
  return duration;
}

TEST(Enums, EveryAlgorithmHasTheSameNameOnTheWireAndInTheTable) {
  for (const hsm::AlgorithmInfo& info : hsm::AllAlgorithms()) {
    EXPECT_EQ(v1::Algorithm_Name(ToProto(info.algorithm)), std::string(info.name));
    const auto back = FromProto("algorithm", ToProto(info.algorithm));
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(*back, info.algorithm);
  }
  EXPECT_EQ(hsm::AllAlgorithms().size() + 1, static_cast<size_t>(v1::Algorithm_ARRAYSIZE));
}

TEST(Enums, UnspecifiedIsNoChoice) {
  EXPECT_EQ(*FromProto("f", v1::ALGORITHM_UNSPECIFIED), std::nullopt);
  EXPECT_EQ(*FromProto("f", v1::Tenant::KIND_UNSPECIFIED), std::nullopt);
  EXPECT_EQ(*FromProto("f", v1::KeyPolicy::PRESET_UNSPECIFIED), std::nullopt);
  EXPECT_EQ(*FromProto("f", v1::SignRequest::SIGNATURE_FORMAT_UNSPECIFIED), std::nullopt);
}

TEST(Enums, KnownNumbersAreConverted) {
  EXPECT_EQ(*FromProto("f", v1::Tenant::GLOBAL_ACCOUNT), keystore::TenantKind::kGlobalAccount);
  EXPECT_EQ(*FromProto("f", v1::Tenant::DIRECTORY), keystore::TenantKind::kDirectory);
  EXPECT_EQ(*FromProto("f", v1::Tenant::SUBACCOUNT), keystore::TenantKind::kSubaccount);
  EXPECT_EQ(*FromProto("f", v1::KeyPolicy::STANDARD), keystore::Preset::kStandard);
  EXPECT_EQ(*FromProto("f", v1::KeyPolicy::SAP_BTP), keystore::Preset::kSapBtp);
  EXPECT_EQ(*FromProto("f", v1::KeyPolicy::SAP_EDGE), keystore::Preset::kSapEdge);
  EXPECT_EQ(*FromProto("f", v1::KeyPolicy::AUTH0), keystore::Preset::kAuth0);
  EXPECT_EQ(*FromProto("f", v1::SignRequest::RAW), core::SignatureFormat::kRaw);
  EXPECT_EQ(*FromProto("f", v1::SignRequest::DER), core::SignatureFormat::kDer);
}

TEST(Enums, UnknownNumbersAreRefused) {
  for (const int number : {-1, 99, std::numeric_limits<int>::max(), std::numeric_limits<int>::min()}) {
    EXPECT_EQ(GetReason(FromProto("f", static_cast<v1::Algorithm>(number)).status()), reason::kInvalidField);
    EXPECT_EQ(GetReason(FromProto("f", static_cast<v1::Tenant::Kind>(number)).status()), reason::kInvalidField);
    EXPECT_EQ(GetReason(FromProto("f", static_cast<v1::KeyPolicy::Preset>(number)).status()), reason::kInvalidField);
    EXPECT_EQ(GetReason(FromProto("f", static_cast<v1::SignRequest::SignatureFormat>(number)).status()), reason::kInvalidField);
  }
}

TEST(Durations, ValidOnesAreConvertedBothWays) {
  for (const absl::Duration duration :
       {absl::ZeroDuration(), absl::Nanoseconds(1), absl::Milliseconds(1500), absl::Hours(24 * 366), -absl::Milliseconds(1500)}) {
    const auto back = FromProto("f", ToProto(duration));
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(*back, duration);
  }
}

TEST(Durations, InvalidOnesAreRefused) {
  const int64_t limit = 315'576'000'000;
  for (const auto& duration :
       {DurationOf(limit + 1, 0), DurationOf(-limit - 1, 0), DurationOf(1, -1), DurationOf(-1, 1), DurationOf(0, 1'000'000'000),
        DurationOf(0, -1'000'000'000), DurationOf(std::numeric_limits<int64_t>::max(), std::numeric_limits<int32_t>::max())}) {
    const absl::Status status = FromProto("ttl", duration).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << duration.DebugString();
    EXPECT_EQ(GetErrorDetail(status)->reason, reason::kInvalidField);
    EXPECT_EQ(GetErrorDetail(status)->metadata.at("field"), "ttl");
  }
}

TEST(Timestamps, KeepNanosecondsAlsoBefore1970) {
  EXPECT_EQ(ToProto(kTime).seconds(), 1'700'000'000);
  EXPECT_EQ(ToProto(kTime).nanos(), 500'000'000);
  EXPECT_EQ(ToProto(absl::FromUnixMillis(-500)).seconds(), -1);
  EXPECT_EQ(ToProto(absl::FromUnixMillis(-500)).nanos(), 500'000'000);
}

TEST(Timestamps, TheYears1To9999AreConvertedBothWays) {
  for (const auto& [seconds, nanos] : {std::pair(int64_t{0}, 0), std::pair(int64_t{-1}, 999'999'999),
                                       std::pair(int64_t{-62'135'596'800}, 0), std::pair(int64_t{253'402'300'799}, 999'999'999)}) {
    google::protobuf::Timestamp timestamp;
    timestamp.set_seconds(seconds);
    timestamp.set_nanos(nanos);
    const absl::StatusOr<absl::Time> time = FromProto("start_time", timestamp);
    ASSERT_TRUE(time.ok()) << time.status();
    EXPECT_EQ(ToProto(*time).DebugString(), timestamp.DebugString());
  }
}

TEST(Timestamps, InvalidOnesAreRefused) {
  for (const auto& [seconds, nanos] :
       {std::pair(int64_t{-62'135'596'801}, 0), std::pair(int64_t{253'402'300'800}, 0), std::pair(int64_t{0}, -1),
        std::pair(int64_t{0}, 1'000'000'000), std::pair(std::numeric_limits<int64_t>::max(), 0),
        std::pair(std::numeric_limits<int64_t>::min(), 0)}) {
    google::protobuf::Timestamp timestamp;
    timestamp.set_seconds(seconds);
    timestamp.set_nanos(nanos);
    EXPECT_EQ(GetReason(FromProto("start_time", timestamp).status()), reason::kInvalidField) << seconds << " " << nanos;
  }
}

TEST(Policies, WhatIsSetIsConvertedAndTheRestIsLeftToThePreset) {
  v1::KeyPolicy proto;
  const auto empty = FromProto("p", proto);
  ASSERT_TRUE(empty.ok());
  EXPECT_EQ(*empty, keystore::KeyPolicy());

  proto.set_preset(v1::KeyPolicy::AUTH0);
  proto.set_max_keys(4);
  proto.mutable_activation_delay();  // Zero, which is not the same as unset.
  proto.set_retain_until_revoked(false);
  *proto.mutable_jwks_max_age() = DurationOf(60, 0);
  const auto policy = FromProto("p", proto);
  ASSERT_TRUE(policy.ok());
  keystore::KeyPolicy expected;
  expected.preset = keystore::Preset::kAuth0;
  expected.max_keys = 4;
  expected.activation_delay = absl::ZeroDuration();
  expected.retain_until_revoked = false;
  expected.jwks_max_age = absl::Minutes(1);
  EXPECT_EQ(*policy, expected);
}

TEST(Policies, AnErrorNamesTheFieldWithItsPath) {
  v1::KeyPolicy proto;
  *proto.mutable_min_retention() = DurationOf(1, -1);
  EXPECT_EQ(GetErrorDetail(FromProto("key_ring.policy", proto).status())->metadata.at("field"), "key_ring.policy.min_retention");
}

TEST(Resources, ATenantShowsItsNameParentAndIssuerInForce) {
  core::TenantView view;
  view.record.id = keystore::TenantId("acme");
  view.record.kind = keystore::TenantKind::kDirectory;
  view.record.display_name = "Acme";
  view.record.parent = keystore::TenantId("root");
  view.record.host_aliases = {"a.example", "b.example"};
  view.record.create_time = kTime;
  view.record.update_time = kTime + absl::Seconds(1);
  view.issuer = "https://localhost/t/acme";
  view.etag = "e";
  const v1::Tenant tenant = ToProto(view);
  EXPECT_EQ(tenant.name(), "tenants/acme");
  EXPECT_EQ(tenant.kind(), v1::Tenant::DIRECTORY);
  EXPECT_EQ(tenant.display_name(), "Acme");
  EXPECT_EQ(tenant.parent(), "tenants/root");
  EXPECT_EQ(tenant.issuer(), "https://localhost/t/acme");
  EXPECT_THAT(tenant.host_aliases(), ElementsAre("a.example", "b.example"));
  EXPECT_EQ(tenant.create_time().seconds(), 1'700'000'000);
  EXPECT_EQ(tenant.update_time().seconds(), 1'700'000'001);
  EXPECT_EQ(tenant.etag(), "e");
}

TEST(Resources, ARingShowsThePolicyAsItWasSet) {
  core::RingView view;
  view.record.tenant = keystore::TenantId("acme");
  view.record.id = keystore::RingId("saml");
  view.record.algorithm = "RS256_2048";
  view.record.protection = keystore::Protection::kWrapped;
  view.record.policy.preset = keystore::Preset::kSapBtp;
  view.record.policy.min_retention = absl::Hours(1);
  view.record.create_time = view.record.update_time = kTime;
  view.policy.max_keys = 2;
  const v1::KeyRing ring = ToProto(view);
  EXPECT_EQ(ring.name(), "tenants/acme/keyRings/saml");
  EXPECT_EQ(ring.algorithm(), v1::RS256_2048);
  EXPECT_EQ(ring.protection(), v1::KeyRing::WRAPPED);
  EXPECT_EQ(ring.policy().preset(), v1::KeyPolicy::SAP_BTP);
  EXPECT_EQ(ring.policy().max_keys(), 0);
  EXPECT_EQ(ring.policy().min_retention().seconds(), 3600);
  EXPECT_FALSE(ring.policy().has_activation_delay());
  EXPECT_FALSE(ring.policy().has_retain_until_revoked());
}

TEST(Resources, ARingWhoseKeysStayUntilTheyAreDeletedHasNoRetirementDelayInForce) {
  core::RingView view;
  view.policy.retirement_delay = absl::Hours(24);
  EXPECT_EQ(ToProto(view).effective_policy().retirement_delay().seconds(), 86400);
  view.policy.retires = false;
  EXPECT_FALSE(ToProto(view).effective_policy().has_retirement_delay());
}

TEST(Resources, AKeyShowsOnlyTheTimesThatItHas) {
  core::KeyView view;
  view.record.tenant = keystore::TenantId("acme");
  view.record.ring = keystore::RingId("access-token");
  view.record.kid = keystore::Kid("k1");
  view.record.algorithm = "ES256";
  view.record.state = keystore::KeyState::kDisabled;
  view.record.create_time = view.effective_time = kTime;
  view.record.publish_time = kTime;
  view.role = keystore::KeyRole::kNext;
  view.activatable_time = kTime + absl::Minutes(5);
  view.etag = "e";
  const v1::SigningKey key = ToProto(view);
  EXPECT_EQ(key.name(), "tenants/acme/keyRings/access-token/keys/k1");
  EXPECT_EQ(key.kid(), "k1");
  EXPECT_EQ(key.algorithm(), v1::ES256);
  EXPECT_EQ(key.protection(), v1::KeyRing::TOKEN);
  EXPECT_EQ(key.state(), v1::SigningKey::DISABLED);
  EXPECT_EQ(key.role(), v1::SigningKey::NEXT);
  EXPECT_EQ(key.activatable_time().seconds(), 1'700'000'300);
  EXPECT_TRUE(key.has_create_time());
  EXPECT_TRUE(key.has_publish_time());
  EXPECT_TRUE(key.has_effective_time());
  EXPECT_FALSE(key.has_enable_time());
  EXPECT_FALSE(key.has_disable_time());
  EXPECT_FALSE(key.has_deletable_time());
  EXPECT_FALSE(key.has_revoke_time());
  EXPECT_FALSE(key.has_destroy_time());
  EXPECT_EQ(key.etag(), "e");
}

TEST(Resources, AKeyOfEachStateAndRoleIsShownSo) {
  using keystore::KeyRole;
  using keystore::KeyState;
  const std::pair<KeyState, v1::SigningKey::State> states[] = {{KeyState::kPendingGeneration, v1::SigningKey::PENDING_GENERATION},
                                                               {KeyState::kDisabled, v1::SigningKey::DISABLED},
                                                               {KeyState::kEnabled, v1::SigningKey::ENABLED},
                                                               {KeyState::kRevoked, v1::SigningKey::REVOKED},
                                                               {KeyState::kDestroyed, v1::SigningKey::DESTROYED},
                                                               {KeyState::kGenerationFailed, v1::SigningKey::GENERATION_FAILED}};
  for (const auto& [state, expected] : states) {
    core::KeyView view;
    view.record.state = state;
    EXPECT_EQ(ToProto(view).state(), expected);
  }
  const std::pair<KeyRole, v1::SigningKey::Role> roles[] = {{KeyRole::kNone, v1::SigningKey::ROLE_UNSPECIFIED},
                                                            {KeyRole::kCurrent, v1::SigningKey::CURRENT},
                                                            {KeyRole::kNext, v1::SigningKey::NEXT},
                                                            {KeyRole::kPrevious, v1::SigningKey::PREVIOUS}};
  for (const auto& [role, expected] : roles) {
    core::KeyView view;
    view.role = role;
    EXPECT_EQ(ToProto(view).role(), expected);
  }
}

TEST(Resources, AKeyThatHasNoKidYetHasNoName) {
  core::KeyView view;
  view.record.tenant = keystore::TenantId("acme");
  view.record.ring = keystore::RingId("access-token");
  EXPECT_EQ(ToProto(view).name(), "");
}

TEST(Resources, AnAlgorithmOfANewerReleaseIsShownAsUnspecified) {
  core::KeyView view;
  view.record.algorithm = "ML-DSA-44";
  EXPECT_EQ(ToProto(view).algorithm(), v1::ALGORITHM_UNSPECIFIED);
}

}  // namespace
}  // namespace signet::rpc
