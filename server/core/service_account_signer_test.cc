#include "server/core/service_account_signer.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/base64url.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "base/fake_clock.h"
#include "base/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hsm/algorithm.h"
#include "hsm/public_key.h"
#include "keystore/records.h"
#include "keystore/rotation_plan.h"
#include "server/core/seeded_store.h"
#include "server/core/signing_ledger.h"

namespace signet::core {
namespace {

using keystore::KeyState;
using ::testing::ElementsAre;

class ServiceAccountSignerTest : public ::testing::Test {
 protected:
  ServiceAccountSignerTest() : ring_(seeded_.AddTenant("cluster")), accounts_(Make(std::nullopt)) {}

  std::unique_ptr<ServiceAccountSigner> Make(std::optional<absl::Duration> max_expiration) {
    return std::make_unique<ServiceAccountSigner>(ServiceAccountSigner::Options{ring_, max_expiration}, directory_, tokens_,
                                                  clock_);
  }
  keystore::KeyRecord AddKey(hsm::Algorithm algorithm, KeyState state) {
    keystore::KeyRecord key = seeded_.AddKey(ring_, algorithm, state);
    EXPECT_TRUE(directory_.Refresh().ok());
    return key;
  }
  std::string Claims(absl::Duration life) {
    return Base64UrlEncode(
        absl::StrCat(R"({"sub":"system:serviceaccount:a:b", "exp":)", absl::ToUnixSeconds(clock_.Now() + life), "}"));
  }
  void ExpectRefused(const std::string& claims, absl::StatusCode code, absl::string_view reason) {
    const absl::Status status = accounts_->Sign(claims, *signer_).status();
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_EQ(GetReason(status), reason) << status;
  }

  SeededStore seeded_;
  KeyDirectory directory_{{"https://localhost:8444", seeded_.instance_id()}, seeded_.store()};
  SigningLedger ledger_{{}, seeded_.store()};
  FakeClock clock_;
  SystemRandom random_;
  Tokens tokens_{directory_, ledger_, clock_, random_};
  std::unique_ptr<hsm::Signer> signer_ = seeded_.hsm().CreateSigner();
  RingName ring_;
  std::unique_ptr<ServiceAccountSigner> accounts_;
};

TEST_F(ServiceAccountSignerTest, SignsThePayloadAsItIsUnderAHeaderOfThreeMembers) {
  const struct {
    hsm::Algorithm algorithm;
    const char* name;
  } kAll[] = {{hsm::Algorithm::kEs256, "ES256"},
              {hsm::Algorithm::kEs384, "ES384"},
              {hsm::Algorithm::kEs512, "ES512"},
              {hsm::Algorithm::kRs256With2048, "RS256"}};
  std::optional<keystore::KeyRecord> former;
  for (const auto& [algorithm, name] : kAll) {
    if (former) seeded_.SetState(*former, KeyState::kDisabled);
    const keystore::KeyRecord key = AddKey(algorithm, KeyState::kEnabled);
    former = key;
    const std::string claims = Claims(absl::Hours(1));
    const auto jwt = accounts_->Sign(claims, *signer_);
    ASSERT_TRUE(jwt.ok()) << jwt.status();
    EXPECT_EQ(Base64UrlDecode(jwt->header),
              absl::StrCat(R"({"alg":")", name, R"(","kid":")", key.kid.value(), R"(","typ":"JWT"})"));
    const std::string input = absl::StrCat(jwt->header, ".", claims);
    const auto public_key = hsm::PublicKey::FromSpki(algorithm, key.public_key_der);
    ASSERT_TRUE(public_key.ok());
    EXPECT_TRUE(public_key->VerifyMessage(input, Base64UrlDecode(jwt->signature).value_or("")).ok());
  }
}

TEST_F(ServiceAccountSignerTest, RefusesClaimsThatAreNoJsonObjectInBase64url) {
  AddKey(hsm::Algorithm::kEs256, KeyState::kEnabled);
  for (const std::string& claims :
       {std::string(), std::string("e30="), std::string("{}"), Base64UrlEncode("[]"), Base64UrlEncode("{\"exp\":1,\"exp\":2}"),
        Base64UrlEncode("{}"), Base64UrlEncode("{\"exp\":\"1\"}"), Base64UrlEncode("{\"exp\":-1}"),
        Base64UrlEncode("{\"exp\":1e300}")}) {
    ExpectRefused(claims, absl::StatusCode::kInvalidArgument, reason::kClaimsInvalid);
  }
  ExpectRefused(Base64UrlEncode(absl::StrCat("{\"exp\":1,\"x\":\"", std::string(70'000, 'x'), "\"}")),
                absl::StatusCode::kInvalidArgument, reason::kClaimsTooLarge);
}

TEST_F(ServiceAccountSignerTest, RefusesATokenThatLivesLongerThanItSaysInMaxExpiration) {
  AddKey(hsm::Algorithm::kEs256, KeyState::kEnabled);
  EXPECT_EQ(*accounts_->MaxExpiration(), absl::Hours(24));
  accounts_ = Make(absl::Hours(2));
  EXPECT_EQ(*accounts_->MaxExpiration(), absl::Hours(2));
  // The clocks of two machines differ.
  EXPECT_TRUE(accounts_->Sign(Claims(absl::Hours(2) + absl::Seconds(59)), *signer_).ok());
  ExpectRefused(Claims(absl::Hours(2) + absl::Minutes(2)), absl::StatusCode::kInvalidArgument, reason::kTtlTooLong);
  // A policy that allows less goes before the configuration.
  EXPECT_EQ(*Make(absl::Hours(48))->MaxExpiration(), absl::Hours(24));
}

TEST_F(ServiceAccountSignerTest, ListsTheKeyThatSignsTheNextOneAndThoseThatStillVerify) {
  const keystore::KeyRecord former = AddKey(hsm::Algorithm::kRs256With2048, KeyState::kDisabled);
  const keystore::KeyRecord current = AddKey(hsm::Algorithm::kEs256, KeyState::kEnabled);
  const keystore::KeyRecord next = AddKey(hsm::Algorithm::kEs384, KeyState::kDisabled);
  AddKey(hsm::Algorithm::kEs256, KeyState::kRevoked);
  // kube-apiserver would refuse all of them for this one.
  AddKey(hsm::Algorithm::kEd25519, KeyState::kDisabled);
  const RingName other{ring_.tenant, keystore::RingId("other")};
  seeded_.AddRing(other);
  seeded_.AddKey(other, hsm::Algorithm::kEs256, KeyState::kEnabled);
  ASSERT_TRUE(directory_.Refresh().ok());

  const auto keys = accounts_->Keys();
  ASSERT_TRUE(keys.ok()) << keys.status();
  std::vector<std::string> kids;
  for (const auto& key : keys->keys) kids.push_back(key.kid);
  EXPECT_THAT(kids, ElementsAre(current.kid.value(), next.kid.value(), former.kid.value()));
  EXPECT_EQ(keys->keys[0].spki_der, current.public_key_der);
  EXPECT_LE(keys->data_time, clock_.Now());
  EXPECT_GT(keys->data_time, clock_.Now() - absl::Minutes(1));
  EXPECT_GE(keys->refresh_hint, absl::Seconds(1));
  EXPECT_LE(keys->refresh_hint, absl::Minutes(5));
}

TEST_F(ServiceAccountSignerTest, HintsToAskAgainWhenTheNextPlannedChangeComes) {
  AddKey(hsm::Algorithm::kEs256, KeyState::kEnabled);
  EXPECT_EQ(accounts_->Keys()->refresh_hint, absl::Minutes(5)) << "nothing is planned";
  // A rotation is under way, whose key signs in 90 seconds.
  keystore::RingRecord ring = seeded_.store().GetRing(ring_.tenant, ring_.ring).value().value();
  ring.policy.activation_delay = absl::Seconds(90);
  ring.rotation = keystore::BeginRotation(ring, clock_.Now());
  keystore::KeyRecord next = AddKey(hsm::Algorithm::kEs256, KeyState::kDisabled);
  next.publish_time = clock_.Now();
  seeded_.Put({ring, next});
  ASSERT_TRUE(directory_.Refresh().ok());
  EXPECT_EQ(accounts_->Keys()->refresh_hint, absl::Seconds(90));
  clock_.Advance(absl::Seconds(60));
  EXPECT_EQ(accounts_->Keys()->refresh_hint, absl::Seconds(30));
}

TEST_F(ServiceAccountSignerTest, SaysWhenTheStoreLastConfirmedTheKeysWhileItCannotBeTrusted) {
  AddKey(hsm::Algorithm::kEs256, KeyState::kEnabled);
  const absl::Time confirmed = accounts_->Keys()->data_time;
  directory_.Distrust();
  clock_.Advance(absl::Minutes(10));
  const auto keys = accounts_->Keys();
  ASSERT_TRUE(keys.ok());
  EXPECT_EQ(keys->keys.size(), 1u);
  EXPECT_EQ(keys->data_time, confirmed);
}

TEST_F(ServiceAccountSignerTest, RefusesAKeyOfAnAlgorithmThatKubernetesDoesNotTake) {
  AddKey(hsm::Algorithm::kEd25519, KeyState::kEnabled);
  ExpectRefused(Claims(absl::Hours(1)), absl::StatusCode::kFailedPrecondition, reason::kAlgorithmUnsuitable);
}

TEST_F(ServiceAccountSignerTest, SaysThatItsRingHasNoKey) {
  ASSERT_TRUE(directory_.Refresh().ok());
  ExpectRefused(Claims(absl::Hours(1)), absl::StatusCode::kFailedPrecondition, reason::kNoEnabledKey);
  EXPECT_EQ(GetReason(accounts_->Keys().status()), reason::kNoEnabledKey);
}

TEST_F(ServiceAccountSignerTest, ChecksTheRingInTheStore) {
  EXPECT_TRUE(accounts_->CheckRing(seeded_.store()).ok());
  std::optional<keystore::RingRecord> record = *seeded_.store().GetRing(ring_.tenant, ring_.ring);
  record->algorithm = "PS256_2048";
  seeded_.Put({*record});
  EXPECT_EQ(GetReason(accounts_->CheckRing(seeded_.store())), reason::kAlgorithmUnsuitable);
  record->algorithm = "ES256";
  record->policy.max_token_ttl = absl::Minutes(9);
  seeded_.Put({*record});
  EXPECT_EQ(GetReason(accounts_->CheckRing(seeded_.store())), reason::kInvalidField);
  ASSERT_TRUE(directory_.Refresh().ok());
  EXPECT_EQ(GetReason(accounts_->MaxExpiration().status()), reason::kInvalidField);
}

TEST_F(ServiceAccountSignerTest, SaysThatItsRingDoesNotExist) {
  ring_.ring = keystore::RingId("nowhere");
  accounts_ = Make(std::nullopt);
  ASSERT_TRUE(directory_.Refresh().ok());
  ExpectRefused(Claims(absl::Hours(1)), absl::StatusCode::kNotFound, reason::kKeyRingNotFound);
  EXPECT_EQ(GetReason(accounts_->Keys().status()), reason::kKeyRingNotFound);
  EXPECT_EQ(GetReason(accounts_->MaxExpiration().status()), reason::kKeyRingNotFound);
  EXPECT_EQ(GetReason(accounts_->CheckRing(seeded_.store())), reason::kKeyRingNotFound);
}

}  // namespace
}  // namespace signet::core
