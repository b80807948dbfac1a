// What Auth0's signing keys do, by a ring of the preset AUTH0. Its rules:
//   1  Exactly one key signs.
//   2  JWKS and discovery hold the current and the next key, and the previous one until it is revoked.
//   3  Rotation: next becomes current, current becomes previous, a new next is made.
//   4  Only the previous key can be revoked.
//   5  A revoked key is never used again.
//   6  The last three revoked keys stay listed.
//   7  "Rotate and revoke" is one operation.
//   8  Each key has an X.509 certificate, for SAML and WS-Federation, too.

#include <algorithm>

#include "nlohmann/json.hpp"
#include "server/core/testing/preset_fixture.h"

namespace signet::core {
namespace {

using absl::StatusCode;
using keystore::Force;
using keystore::KeyRole;
using keystore::KeyState;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class Auth0RulesTest : public PresetTest {
 protected:
  Auth0RulesTest() : PresetTest(keystore::Preset::kAuth0) {
    NewSigningKey("first");
    Pass();
  }

  // Behind the idempotency window of the one before.
  absl::StatusOr<RotationResult> RotateLater() {
    clock_.Advance(absl::Minutes(10));
    return Rotate();
  }
};

// Rule 1.
TEST_F(Auth0RulesTest, ExactlyOneKeySigns) {
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(KidsWith(KeyRole::kCurrent).size(), 1u);
    ASSERT_THAT(RotateLater(), IsOk());
  }
  EXPECT_EQ(SignerOf(Sign()), Current());
}

// Rule 2.
TEST_F(Auth0RulesTest, TheJwksHoldsTheCurrentAndTheNextKeyFromTheStart) {
  EXPECT_EQ(Current(), "first");
  EXPECT_THAT(JwksKids(), UnorderedElementsAre("first", Next()));
}

// Rule 2.
TEST_F(Auth0RulesTest, TheJwksHoldsThePreviousKeyUntilItIsRevoked) {
  const std::string token = Sign(absl::Hours(1));
  ASSERT_THAT(Rotate(), IsOk());
  clock_.Advance(365 * kDay);
  Pass();
  EXPECT_THAT(JwksKids(), UnorderedElementsAre("first", Current(), Next()));
  ASSERT_THAT(keys().Revoke(Key("first"), Force::kNo, Call()), IsOk());
  EXPECT_THAT(JwksKids(), UnorderedElementsAre(Current(), Next()));
  EXPECT_THAT(Verify(token), IsError(StatusCode::kInvalidArgument, reason::kTokenKeyUnknown));
}

// Rule 3.
TEST_F(Auth0RulesTest, RotatingMakesNextCurrentAndCurrentPreviousAndANewNext) {
  const std::string next = Next();
  const absl::StatusOr<RotationResult> rotated = Rotate();
  ASSERT_THAT(rotated, IsOk());
  EXPECT_EQ(Current(), next);
  EXPECT_EQ(Previous(), "first");
  EXPECT_NE(Next(), next);
  EXPECT_EQ(rotated->rotation.next.value(), Next());
  EXPECT_EQ(rotated->effective_time, clock_.Now());
}

// Rule 3. There is one previous key at a time.
TEST_F(Auth0RulesTest, ASecondRotationRetiresThePreviousKeyOnceItsTokensHaveExpired) {
  Sign(absl::Hours(1));
  ASSERT_THAT(Rotate(), IsOk());
  const std::string second = Current();
  const absl::Status early = RotateLater().status();
  EXPECT_THAT(early, IsError(StatusCode::kFailedPrecondition, reason::kKeyLimitReached));
  clock_.Advance(RetryDelayOf(early));
  ASSERT_THAT(Rotate(), IsOk());
  EXPECT_EQ(StoredKey(Key("first")).state, KeyState::kDestroyed);
  EXPECT_EQ(Previous(), second);
}

// Rule 4.
TEST_F(Auth0RulesTest, TheCurrentKeyCannotBeRevoked) {
  EXPECT_THAT(keys().Revoke(Key("first"), Force::kNo, Call()), IsError(StatusCode::kFailedPrecondition, reason::kKeyEnabled));
  EXPECT_EQ(Current(), "first");
}

// Rule 4.
TEST_F(Auth0RulesTest, ThePreviousKeyCanBeRevokedWithoutForceAlthoughItsTokensAreValid) {
  Sign(kDay);
  ASSERT_THAT(Rotate(), IsOk());
  EXPECT_THAT(keys().Revoke(Key("first"), Force::kNo, Call()), IsOk());
  EXPECT_EQ(StoredKey(Key("first")).state, KeyState::kRevoked);
}

// Rule 5.
TEST_F(Auth0RulesTest, ARevokedKeyIsNeverUsedAgain) {
  ASSERT_THAT(Rotate(), IsOk());
  ASSERT_THAT(keys().Revoke(Key("first"), Force::kNo, Call()), IsOk());
  EXPECT_THAT(keys().Enable(Key("first"), Force::kYes, Call()), IsError(StatusCode::kFailedPrecondition, reason::kKeyRevoked));
  ASSERT_THAT(keys().Delete(Key("first"), Force::kNo, Call()), IsOk());
  EXPECT_THAT(keys().Create(preset_ring_, keystore::Kid("first"), Call()), IsError(StatusCode::kAlreadyExists, reason::kKeyExists));
}

// Rule 6.
TEST_F(Auth0RulesTest, TheLastThreeRevokedKeysStayListed) {
  std::vector<std::string> revoked;
  for (int i = 0; i < 5; ++i) {
    ASSERT_THAT(RotateLater(), IsOk());
    revoked.push_back(Previous());
    ASSERT_THAT(keys().Revoke(Key(revoked.back()), Force::kNo, Call()), IsOk());
    Pass();
  }
  EXPECT_THAT(KidsWith(KeyRole::kNone), ElementsAre(revoked[2], revoked[3], revoked[4]));
  clock_.Advance(365 * kDay);
  Pass();
  EXPECT_THAT(KidsWith(KeyRole::kNone), ElementsAre(revoked[2], revoked[3], revoked[4]));
}

// Rule 7.
TEST_F(Auth0RulesTest, RotateAndRevokeIsOneOperation) {
  const std::string token = Sign();
  const size_t before = Events().size();
  const absl::StatusOr<RotationResult> rotated = Rotate(Purging());
  ASSERT_THAT(rotated, IsOk());
  EXPECT_THAT(Verify(token), IsError(StatusCode::kInvalidArgument, reason::kTokenKeyUnknown));
  EXPECT_EQ(StoredKey(Key("first")).state, KeyState::kRevoked);
  EXPECT_THAT(KidsWith(KeyRole::kPrevious), IsEmpty());
  EXPECT_EQ(Next(), rotated->rotation.next.value());
  EXPECT_THAT(Actions(before), testing::IsSupersetOf({"KeyRevoked", "KeyActivated", "RotateKeys"}));
}

// Rule 8, and "JWKS entry".
TEST_F(Auth0RulesTest, EachKeyHasACertificateAndItsJwksEntryShowsIt) {
  RingUpdate rsa;
  rsa.algorithm = hsm::Algorithm::kRs256With2048;
  Update(rsa);
  ASSERT_THAT(Rotate(), IsOk());
  for (const KeyView& key : Keys()) EXPECT_EQ(key.record.certificate_chain.size(), 1u);
  const nlohmann::json jwks = nlohmann::json::parse(BuildJwks(directory().FindTenant(acme_)->published).json);
  const std::string next = Next();
  const auto entry = std::find_if(jwks["keys"].begin(), jwks["keys"].end(), [&](const auto& key) { return key["kid"] == next; });
  ASSERT_NE(entry, jwks["keys"].end());
  for (const char* member : {"alg", "kty", "use", "x5c", "n", "e", "kid", "x5t"}) EXPECT_TRUE(entry->contains(member)) << member;
}

// "The vendor's SDK retries POST rotate": without anything that tells it from a new call.
TEST_F(Auth0RulesTest, ARetryDoesNotRotateTwice) {
  const absl::StatusOr<RotationResult> first = Rotate();
  ASSERT_THAT(first, IsOk());
  clock_.Advance(absl::Seconds(30));
  const absl::StatusOr<RotationResult> retry = Rotate();
  ASSERT_THAT(retry, IsOk());
  EXPECT_TRUE(retry->replayed);
  EXPECT_EQ(retry->rotation.next, first->rotation.next);
}

// The same with a request_id: always.
TEST_F(Auth0RulesTest, ARetryWithTheSameRequestIdDoesNotRotateTwiceHoweverLateItComes) {
  const absl::StatusOr<RotationResult> first = Rotate({}, CallWithId("retried"));
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(RotateLater(), IsOk());
  clock_.Advance(30 * kDay);
  const absl::StatusOr<RotationResult> retry = Rotate({}, CallWithId("retried"));
  ASSERT_THAT(retry, IsOk());
  EXPECT_TRUE(retry->replayed);
  EXPECT_EQ(retry->rotation.record.number, 1);
  EXPECT_EQ(Ring().rotation->record.number, 2);
}

// "A bucket of 5, refilled at 5 a day": one each 4 hours 48 minutes.
TEST_F(Auth0RulesTest, TheSixthRotationWithinADayIsRefusedUntilTheQuotaHoldsOneAgain) {
  const absl::Time start = clock_.Now();
  for (int i = 0; i < 5; ++i) ASSERT_THAT(RotateLater(), IsOk());
  const absl::Status sixth = RotateLater().status();
  EXPECT_THAT(sixth, IsError(StatusCode::kResourceExhausted, reason::kRotationQuota));
  const absl::Time first_rotation = start + absl::Minutes(10);
  EXPECT_EQ(clock_.Now() + RetryDelayOf(sixth), first_rotation + absl::Minutes(288));
  EXPECT_EQ(Ring().rotation->record.number, 5);
}

TEST_F(Auth0RulesTest, TheQuotaRefillsEvenly) {
  for (int i = 0; i < 5; ++i) ASSERT_THAT(RotateLater(), IsOk());
  clock_.Advance(RetryDelayOf(RotateLater().status()));
  ASSERT_THAT(Rotate(), IsOk());
  for (int i = 0; i < 3; ++i) {
    const absl::Status refused = RotateLater().status();
    EXPECT_THAT(refused, IsError(StatusCode::kResourceExhausted, reason::kRotationQuota));
    EXPECT_EQ(RetryDelayOf(refused), absl::Minutes(288 - 10));
    clock_.Advance(RetryDelayOf(refused));
    ASSERT_THAT(Rotate(), IsOk());
  }
}

TEST_F(Auth0RulesTest, AfterADayOfRestTheQuotaIsFullAndNotMoreThanFull) {
  for (int i = 0; i < 5; ++i) ASSERT_THAT(RotateLater(), IsOk());
  clock_.Advance(10 * kDay);
  for (int i = 0; i < 5; ++i) ASSERT_THAT(RotateLater(), IsOk());
  EXPECT_THAT(RotateLater(), IsError(StatusCode::kResourceExhausted, reason::kRotationQuota));
}

TEST_F(Auth0RulesTest, RetriesAndPurgesTakeNothingFromTheQuota) {
  for (int i = 0; i < 5; ++i) {
    ASSERT_THAT(RotateLater(), IsOk());
    ASSERT_THAT(Rotate(), IsOk());
  }
  ASSERT_THAT(RotateLater(), IsError(StatusCode::kResourceExhausted, reason::kRotationQuota));
  EXPECT_THAT(Rotate(Purging()), IsOk());
}

// None is automatic.
TEST_F(Auth0RulesTest, NothingRotatesByItself) {
  clock_.Advance(365 * kDay);
  Pass();
  EXPECT_EQ(Current(), "first");
  EXPECT_EQ(Ring().next_rotation_time, std::nullopt);
}

}  // namespace
}  // namespace signet::core
