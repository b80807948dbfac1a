#include "keystore/rotation_plan.h"

#include <string>
#include <vector>

#include "base/error.h"
#include "base/error_reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "keystore/test_records.h"

namespace signet::keystore {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using Action = PlannedStep::Action;
using Step = TimelineStep::Action;

constexpr absl::Duration kDay = absl::Hours(24);

RingRecord RingOf(Preset preset) {
  RingRecord ring = MakeRing("t1", "r1");
  ring.policy.preset = preset;
  return ring;
}

RingRecord AutomaticSapBtp() {
  RingRecord ring = RingOf(Preset::kSapBtp);
  ring.policy.automatic = true;
  return ring;
}

// Uids that tests count begin with zeros, so that no ring starts its rotation late.
KeyRecord Next(int number, absl::Time publish_time = TestTime()) {
  KeyRecord key = MakeKey("t1", "r1", number);
  key.publish_time = publish_time;
  return key;
}

KeyRecord Current(int number, absl::Time enable_time = TestTime()) {
  KeyRecord key = Next(number);
  key.state = KeyState::kEnabled;
  key.enable_time = enable_time;
  return key;
}

// A key whose last token expires at `expiry`.
KeyRecord Previous(int number, absl::Time disable_time, absl::Time expiry) {
  KeyRecord key = Next(number);
  key.enable_time = disable_time - absl::Hours(1);
  key.disable_time = disable_time;
  key.usage.token_expiry_bound = expiry;
  return key;
}

KeyRecord Revoked(int number, absl::Time revoke_time) {
  KeyRecord key = Next(number);
  key.state = KeyState::kRevoked;
  key.revoke_time = revoke_time;
  return key;
}

void StartRotation(RingRecord& ring) {
  ring.rotation.emplace();
  ring.rotation->number = 1;
  ring.rotation->start_time = TestTime();
}

TEST(PlanRing, PlansNothingForAnEmptyRing) { EXPECT_THAT(PlanRing(RingOf(Preset::kStandard), {}), IsEmpty()); }

TEST(PlanRing, RotatesAnAutomaticRingAPeriodAfterItsKeyWasEnabled) {
  EXPECT_THAT(PlanRing(RingOf(Preset::kStandard), {Current(1), Next(2)}),
              ElementsAre(PlannedStep{Action::kRotate, TestTime() + 90 * kDay, {}}));
}

TEST(PlanRing, SpreadsRingsOverAHundredthOfThePeriodOrAnHour) {
  KeyRecord last = Current(1);
  last.uid = KeyUid("ffffffff" + std::string(24, '0'));
  RingRecord ring = RingOf(Preset::kStandard);
  EXPECT_EQ(NextRotationTime(ring, {last}), TestTime() + 90 * kDay + absl::Minutes(60) - absl::Seconds(1));
  ring.policy.period = absl::Hours(10);
  EXPECT_EQ(NextRotationTime(ring, {last}), TestTime() + absl::Hours(10) + absl::Minutes(6) - absl::Seconds(1));
}

TEST(PlanRing, DoesNotRotateARingThatIsNotAutomatic) {
  EXPECT_EQ(NextRotationTime(RingOf(Preset::kSapBtp), {Current(1)}), absl::InfiniteFuture());
  EXPECT_EQ(NextRotationTime(RingOf(Preset::kAuth0), {Current(1), Next(2)}), absl::InfiniteFuture());
}

TEST(PlanRing, MakesTheNextKeyThatThePolicyKeepsAtOnce) {
  EXPECT_THAT(PlanRing(RingOf(Preset::kAuth0), {Current(1)}),
              ElementsAre(PlannedStep{Action::kMakeNext, absl::InfinitePast(), {}}));
}

TEST(PlanRing, MakesNoNextKeyWithoutRoomOrBesideOneThatIsBeingMade) {
  KeyRecord pending = Next(3);
  pending.state = KeyState::kPendingGeneration;
  EXPECT_THAT(PlanRing(RingOf(Preset::kAuth0), {Current(1), pending}), Each(Field(&PlannedStep::action, Action::kGiveUp)));
  const KeyRecord a = Previous(2, TestTime(), TestTime() + kDay);
  const KeyRecord b = Previous(3, TestTime(), TestTime() + kDay);
  EXPECT_THAT(PlanRing(RingOf(Preset::kAuth0), {Current(1), a, b}), IsEmpty());
}

TEST(PlanRing, GivesAKeyUpThatNobodyHasGeneratedForTenMinutes) {
  KeyRecord pending = Next(3);
  pending.state = KeyState::kPendingGeneration;
  EXPECT_THAT(PlanRing(RingOf(Preset::kAuth0), {Current(1), pending}),
              ElementsAre(PlannedStep{Action::kGiveUp, pending.create_time + absl::Minutes(10), MakeUid(3)}));
}

TEST(PlanRing, ActivatesTheNextKeyOfARotationUnderWayOnceVerifiersKnowIt) {
  RingRecord ring = RingOf(Preset::kSapBtp);
  StartRotation(ring);
  EXPECT_THAT(PlanRing(ring, {Current(1), Next(2)}),
              ElementsAre(PlannedStep{Action::kActivate, TestTime() + absl::Hours(12), MakeUid(2)}));
}

TEST(PlanRing, SuppliesARotationUnderWayThatLostItsNextKey) {
  RingRecord ring = RingOf(Preset::kSapBtp);
  StartRotation(ring);
  EXPECT_THAT(PlanRing(ring, {Current(1)}), ElementsAre(PlannedStep{Action::kSupplyRotation, absl::InfinitePast(), {}}));
}

TEST(PlanRing, PlansNoAutomaticRotationWhileOneIsUnderWay) {
  RingRecord ring = RingOf(Preset::kStandard);
  StartRotation(ring);
  EXPECT_EQ(NextRotationTime(ring, {Current(1), Next(2)}), absl::InfiniteFuture());
  ring.rotation->activation_time = TestTime();
  EXPECT_EQ(NextRotationTime(ring, {Current(1), Next(2)}), TestTime() + 90 * kDay);
}

TEST(PlanRing, RetiresPreviousKeysWhenTheirTokensHaveExpired) {
  const absl::Time expiry = TestTime() + absl::Hours(30);
  EXPECT_THAT(PlanRing(RingOf(Preset::kSapEdge), {Previous(1, TestTime(), expiry)}),
              ElementsAre(PlannedStep{Action::kRetire, expiry + kClockSkew, MakeUid(1)}));
  EXPECT_THAT(PlanRing(RingOf(Preset::kSapEdge), {Previous(1, TestTime(), TestTime() + absl::Hours(1))}),
              ElementsAre(PlannedStep{Action::kRetire, TestTime() + kDay, MakeUid(1)}));
  EXPECT_THAT(PlanRing(AutomaticSapBtp(), {Previous(1, TestTime(), expiry)}),
              ElementsAre(PlannedStep{Action::kRetire, TestTime() + 7 * kDay, MakeUid(1)}));
  EXPECT_THAT(PlanRing(RingOf(Preset::kSapBtp), {Previous(1, TestTime(), expiry)}), IsEmpty());
  EXPECT_THAT(PlanRing(RingOf(Preset::kAuth0), {Previous(1, TestTime(), expiry)}), IsEmpty());
}

TEST(PlanRing, ForgetsRevokedKeysBeyondTheLastThree) {
  std::vector<KeyRecord> keys;
  for (int i = 1; i <= 5; ++i) keys.push_back(Revoked(i, TestTime() + absl::Hours(i)));
  EXPECT_THAT(PlanRing(RingOf(Preset::kAuth0), keys), ElementsAre(PlannedStep{Action::kForget, absl::InfinitePast(), MakeUid(2)},
                                                                  PlannedStep{Action::kForget, absl::InfinitePast(), MakeUid(1)}));
}

TEST(FindNext, PicksTheKeyThatVerifiersHaveKnownLongest) {
  const std::vector<KeyRecord> keys = {Next(1, TestTime() + kDay), Next(2), Current(3)};
  EXPECT_EQ(FindNext(keys)->uid, MakeUid(2));
  EXPECT_EQ(FindCurrent(keys)->uid, MakeUid(3));
  EXPECT_EQ(FindNext({Current(3)}), nullptr);
}

TEST(PickRetired, TakesNobodyWhereThereIsRoom) {
  EXPECT_THAT(*PickRetired({Current(1)}, Resolve(RingOf(Preset::kSapBtp).policy), 1, Force::kNo, TestTime()), IsEmpty());
}

TEST(PickRetired, TakesTheKeyThatCouldGoLongest) {
  const KeyRecord a = Previous(1, TestTime(), TestTime() + kDay);
  const KeyRecord b = Previous(2, TestTime(), TestTime() + absl::Hours(1));
  const auto retired =
      PickRetired({a, b, Current(3)}, Resolve(RingOf(Preset::kAuth0).policy), 1, Force::kNo, TestTime() + 2 * kDay);
  ASSERT_TRUE(retired.ok()) << retired.status();
  EXPECT_THAT(*retired, ElementsAre(b));
}

TEST(PickRetired, RefusesWithTheExactTimeWhileTokensAreValid) {
  const KeyRecord previous = Previous(1, TestTime(), TestTime() + kDay);
  const auto retired =
      PickRetired({previous, Current(2)}, Resolve(RingOf(Preset::kSapEdge).policy), 1, Force::kNo, TestTime() + absl::Hours(1));
  EXPECT_EQ(retired.status().code(), absl::StatusCode::kFailedPrecondition);
  const ErrorDetail expected{std::string(reason::kKeyLimitReached),
                             {{"max_keys", "2"}, {"retirable_time", "2023-11-15T22:14:20+00:00"}},
                             absl::Hours(23) + absl::Minutes(1)};
  EXPECT_EQ(GetErrorDetail(retired.status()), expected) << retired.status();
  EXPECT_THAT(*PickRetired({previous, Current(2)}, Resolve(RingOf(Preset::kSapEdge).policy), 1, Force::kYes, TestTime()),
              ElementsAre(previous));
}

TEST(PickRetired, RefusesWithoutATimeWhenNoKeyWasSuperseded) {
  const auto retired = PickRetired({Next(1), Current(2)}, Resolve(RingOf(Preset::kSapEdge).policy), 1, Force::kYes, TestTime());
  const ErrorDetail expected{std::string(reason::kKeyLimitReached), {{"max_keys", "2"}}, std::nullopt};
  EXPECT_EQ(GetErrorDetail(retired.status()), expected) << retired.status();
}

TEST(RotationTimeline, OfSapBtpPublishesAheadAndActivatesAfterTwelveHours) {
  const absl::Time start = TestTime() + 90 * kDay;
  const absl::Time activate = start + absl::Hours(12);
  const auto steps = RotationTimeline(AutomaticSapBtp(), {Current(1)}, start, Purge::kNo, Force::kNo);
  ASSERT_TRUE(steps.ok()) << steps.status();
  EXPECT_THAT(*steps, ElementsAre(TimelineStep{start, Step::kPublish, {}}, TimelineStep{activate, Step::kActivate, {}},
                                  TimelineStep{activate + kDay, Step::kLastTokenExpires, Kid("kid-1")},
                                  TimelineStep{activate + 7 * kDay, Step::kRetire, Kid("kid-1")}));
}

TEST(RotationTimeline, OfStandardActivatesTheNextKeyAndPublishesAnother) {
  const absl::Time start = TestTime() + 90 * kDay;
  const auto steps = RotationTimeline(RingOf(Preset::kStandard), {Current(1), Next(2)}, start, Purge::kNo, Force::kNo);
  ASSERT_TRUE(steps.ok()) << steps.status();
  EXPECT_THAT(*steps, ElementsAre(TimelineStep{start, Step::kActivate, Kid("kid-2")}, TimelineStep{start, Step::kPublish, {}},
                                  TimelineStep{start + kDay, Step::kLastTokenExpires, Kid("kid-1")},
                                  TimelineStep{start + kDay + kClockSkew, Step::kRetire, Kid("kid-1")}));
}

TEST(RotationTimeline, RetiresAPreviousKeyWhenItIsDueAndNotOnlyWhenItsPlaceIsNeeded) {
  const absl::Time start = TestTime() + 90 * kDay;
  const KeyRecord previous = Previous(3, TestTime(), TestTime() + kDay);
  const auto steps = RotationTimeline(RingOf(Preset::kStandard), {previous, Current(1), Next(2)}, start, Purge::kNo, Force::kNo);
  ASSERT_TRUE(steps.ok()) << steps.status();
  EXPECT_THAT(*steps, testing::Contains(TimelineStep{TestTime() + kDay + kClockSkew, Step::kRetire, Kid("kid-3")}));
  // One that stays until it is revoked goes when its place is needed.
  const auto kept = RotationTimeline(RingOf(Preset::kAuth0), {previous, Current(1), Next(2)}, start, Purge::kNo, Force::kNo);
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_THAT(*kept, testing::Contains(TimelineStep{start, Step::kRetire, Kid("kid-3")}));
}

TEST(RotationTimeline, WithPurgeRevokesEveryOtherKeyAtOnce) {
  const KeyRecord previous = Previous(3, TestTime(), TestTime() + kDay);
  const auto steps =
      RotationTimeline(RingOf(Preset::kStandard), {previous, Current(1), Next(2)}, TestTime(), Purge::kYes, Force::kNo);
  ASSERT_TRUE(steps.ok()) << steps.status();
  EXPECT_THAT(
      *steps,
      ElementsAre(TimelineStep{TestTime(), Step::kActivate, Kid("kid-2")}, TimelineStep{TestTime(), Step::kPublish, {}},
                  TimelineStep{TestTime(), Step::kRevoke, Kid("kid-3")}, TimelineStep{TestTime(), Step::kRevoke, Kid("kid-1")}));
}

TEST(RotationTimeline, OfAFullRingSaysWhenItIsPossible) {
  const KeyRecord previous = Previous(3, TestTime(), TestTime() + kDay);
  const auto steps = RotationTimeline(RingOf(Preset::kSapEdge), {previous, Current(1)}, TestTime(), Purge::kNo, Force::kNo);
  EXPECT_EQ(GetReason(steps.status()), reason::kKeyLimitReached);
}

}  // namespace
}  // namespace signet::keystore
