#include "server/core/rotation_scheduler.h"

#include <algorithm>
#include <optional>
#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "server/core/audit.h"
#include "server/core/tenant_snapshot.h"
#include "server/core/testing/core_fixture.h"
#include "server/core/testing/faulty_hsm.h"
#include "server/core/testing/faulty_key_store.h"
#include "server/core/testing/sealing_key.h"

namespace signet::core {
namespace {

using keystore::KeyRole;
using keystore::KeyState;
using keystore::Preset;
using testing::HasSubstr;

constexpr absl::Duration kDay = absl::Hours(24);

class RotationSchedulerTest : public CoreTest {
 protected:
  RingName RingOf(const std::string& id, Preset preset) {
    keystore::KeyPolicy policy;
    policy.preset = preset;
    return NewRing(id, policy);
  }
  RotationResult Rotate(const RingName& ring) {
    absl::StatusOr<RotationResult> result = keys().Rotate(ring, {}, Call());
    EXPECT_THAT(result, IsOk());
    return result.value_or(RotationResult());
  }
  void Pass() { EXPECT_THAT(scheduler_.RunPass(), IsOk()); }
  RingView View(const RingName& ring) { return *rings().Get(ring); }

  Metrics metrics_{"test"};
  RotationScheduler scheduler_{{}, services(), metrics_};
  Crash crash_;
  FaultyKeyStore faulty_store_{*store_, crash_};
  FaultyHsm faulty_hsm_{*hsm_, crash_};
};

TEST_F(RotationSchedulerTest, RotatesAnAutomaticRingWhenItsTimeHasComeAndNotBefore) {
  Rotate(ring_);
  const absl::Time due = *View(ring_).next_rotation_time;
  clock_.Advance(due - clock_.Now() - absl::Milliseconds(1));
  Pass();
  EXPECT_EQ(View(ring_).rotation->record.number, 1);
  clock_.Advance(absl::Milliseconds(1));
  Pass();
  EXPECT_EQ(View(ring_).rotation->record.number, 2);
  EXPECT_EQ(View(ring_).rotation->record.actor, kSystemActor);
  EXPECT_THAT(metrics_.Expose(), HasSubstr(R"(signet_planned_steps_total{action="rotate",outcome="ok"} 1)"));
  EXPECT_THAT(metrics_.Expose(), HasSubstr("\nsignet_scheduler_leads 1\n"));
}

TEST_F(RotationSchedulerTest, CatchesUpOnceAfterALongDowntime) {
  Rotate(ring_);
  clock_.Advance(400 * kDay);
  Pass();
  EXPECT_EQ(View(ring_).rotation->record.number, 2);
  Pass();
  EXPECT_EQ(View(ring_).rotation->record.number, 2);
}

TEST_F(RotationSchedulerTest, LeavesARingWithoutAKeyAlone) {
  Pass();
  clock_.Advance(400 * kDay);
  Pass();
  EXPECT_EQ(KeysInHsm(), 0u);
}

TEST_F(RotationSchedulerTest, KeepsANextKeyForARingThatGotItsFirstKeyByHand) {
  NewEnabledKey();
  Pass();
  EXPECT_EQ(KeysInHsm(), 2u);
  Pass();
  EXPECT_EQ(KeysInHsm(), 2u);
}

TEST_F(RotationSchedulerTest, StartsAndEndsTheRotationThatSwitchingItOnAsksFor) {
  const RingName ring = RingOf("sap", Preset::kSapBtp);
  RingUpdate on;
  on.automatic = std::optional<bool>(true);
  ASSERT_THAT(rings().Update(ring, on, Call()), IsOk());
  Pass();
  const auto published = keys().List(ring, keystore::KeyStore::Tombstones::kHide, {})->items;
  ASSERT_EQ(published.size(), 1u);
  EXPECT_EQ(published[0].role, KeyRole::kNext);
  clock_.Advance(absl::Hours(12));
  Pass();
  EXPECT_EQ(keys().Get({ring, published[0].record.kid})->role, KeyRole::kCurrent);
  EXPECT_EQ(View(ring).rotation->record.activation_time, clock_.Now());
}

TEST_F(RotationSchedulerTest, PlansAnewWhenThePolicyChanges) {
  Rotate(ring_);
  Pass();
  RingUpdate sooner;
  sooner.period = std::optional<absl::Duration>(2 * kDay);
  ASSERT_THAT(rings().Update(ring_, sooner, Call()), IsOk());
  clock_.Advance(2 * kDay + absl::Hours(1));
  Pass();
  EXPECT_EQ(View(ring_).rotation->record.number, 2);
}

TEST_F(RotationSchedulerTest, RetiresAPreviousKeyWhenItsTokensHaveExpired) {
  const RotationResult first = Rotate(ring_);
  const KeyName previous = {ring_, first.rotation.current};
  const absl::Time expiry = clock_.Now() + absl::Hours(50);
  ASSERT_TRUE(store_->RecordUsage({{.uid = first.rotation.record.current, .token_expiry_bound = expiry}}).ok());
  clock_.Advance(absl::Hours(1));
  Rotate(ring_);
  clock_.Advance(expiry + keystore::kClockSkew - clock_.Now() - absl::Milliseconds(1));
  Pass();
  EXPECT_TRUE(IsPublished(previous));
  clock_.Advance(absl::Milliseconds(1));
  Pass();
  EXPECT_EQ(StoredKey(previous).state, KeyState::kDestroyed);
  EXPECT_FALSE(IsPublished(previous));
  EXPECT_EQ(KeysInHsm(), 2u);
  EXPECT_EQ(Events()[Events().size() - 2].action, "KeyRetired");
}

TEST_F(RotationSchedulerTest, ForgetsRevokedKeysBeyondTheHistory) {
  for (const char* kid : {"a", "b", "c", "d"}) {
    const KeyName key = NewKey(kid);
    ASSERT_THAT(keys().Revoke(key, keystore::Force::kNo, Call()), IsOk());
    clock_.Advance(absl::Seconds(1));
  }
  Pass();
  EXPECT_EQ(StoredKey({ring_, keystore::Kid("a")}).state, KeyState::kDestroyed);
  EXPECT_EQ(StoredKey({ring_, keystore::Kid("b")}).state, KeyState::kRevoked);
}

TEST_F(RotationSchedulerTest, TriesAgainLaterAndLaterWhatFailedAndTellsOfItOnce) {
  Core core(*store_, faulty_hsm_, clock_, random_, steps_);
  RotationScheduler scheduler({}, core.services, metrics_);
  NewEnabledKey();
  faulty_hsm_.generate_error = Error(absl::StatusCode::kUnavailable, reason::kHsmUnavailable, "the hsm is away");
  EXPECT_THAT(scheduler.RunPass(), IsOk());
  const std::string failed = R"(signet_planned_steps_total{action="make_next",outcome="error"} )";
  EXPECT_THAT(metrics_.Expose(), HasSubstr(failed + "1"));
  EXPECT_THAT(scheduler.RunPass(), IsOk());
  EXPECT_THAT(metrics_.Expose(), HasSubstr(failed + "1")) << "not before 5 s";
  clock_.Advance(absl::Seconds(5));
  EXPECT_THAT(scheduler.RunPass(), IsOk());
  EXPECT_THAT(metrics_.Expose(), HasSubstr(failed + "2"));
  clock_.Advance(absl::Seconds(9));
  EXPECT_THAT(scheduler.RunPass(), IsOk());
  EXPECT_THAT(metrics_.Expose(), HasSubstr(failed + "2")) << "not before another 10 s";
  keystore::KeyStore::EventFilter failures;
  failures.action = "PlannedStepFailed";
  EXPECT_EQ(store_->ListEvents(failures, {"", 10})->size(), 1u);
  faulty_hsm_.generate_error = absl::OkStatus();
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(scheduler.RunPass(), IsOk());
  EXPECT_EQ(KeysInHsm(), 2u);
}

TEST_F(RotationSchedulerTest, DestroysTheLeftoversBehindOneThatTheHsmRefusesToDestroy) {
  Core core(*store_, faulty_hsm_, clock_, random_, steps_);
  RotationScheduler scheduler({}, core.services, metrics_);
  const RingName ring = RingOf("plain", Preset::kSapBtp);
  const KeyName keys[] = {NewKeyIn(ring, "a"), NewKeyIn(ring, "b")};
  const auto uid_of = [&](const KeyName& name) { return StoredKey(name).uid; };
  // They are tried in the order of their uids.
  const KeyName& first = std::min(keys[0], keys[1], [&](const KeyName& a, const KeyName& b) { return uid_of(a) < uid_of(b); });
  const KeyName& second = first.kid == keys[0].kid ? keys[1] : keys[0];
  faulty_hsm_.destroy_error = Error(absl::StatusCode::kUnavailable, reason::kHsmUnavailable, "not now");
  for (const KeyName& name : keys) ASSERT_THAT(core.keys.Delete(name, keystore::Force::kNo, Call()), IsOk());
  faulty_hsm_.destroy_error = absl::OkStatus();
  faulty_hsm_.indestructible = HsmKeySpec(services().instance_id, StoredKey(first)).id;
  EXPECT_THAT(scheduler.RunPass(), IsOk());
  clock_.Advance(absl::Minutes(1));
  EXPECT_THAT(scheduler.RunPass(), IsOk());
  EXPECT_TRUE(StoredKey(first).in_hsm);
  EXPECT_FALSE(StoredKey(second).in_hsm);
  faulty_hsm_.indestructible.clear();
  clock_.Advance(absl::Minutes(1));
  EXPECT_THAT(scheduler.RunPass(), IsOk());
  EXPECT_FALSE(StoredKey(first).in_hsm);
}

TEST_F(RotationSchedulerTest, RetiresAKeyInTimeThoughAnotherStepIsPutOff) {
  Core core(*store_, faulty_hsm_, clock_, random_, steps_);
  RotationScheduler scheduler({}, core.services, metrics_);
  const RotationResult first = Rotate(ring_);
  const KeyName previous = {ring_, first.rotation.current};
  const absl::Time expiry = clock_.Now() + absl::Hours(50);
  ASSERT_TRUE(store_->RecordUsage({{.uid = first.rotation.record.current, .token_expiry_bound = expiry}}).ok());
  clock_.Advance(absl::Hours(1));
  const RotationResult rotated = Rotate(ring_);
  ASSERT_THAT(keys().Delete({ring_, rotated.rotation.next}, keystore::Force::kYes, Call()), IsOk());
  faulty_hsm_.generate_error = Error(absl::StatusCode::kUnavailable, reason::kHsmUnavailable, "the hsm is away");
  const absl::Time retirement = expiry + keystore::kClockSkew;
  // By then, the next key is tried each ten minutes; its last try is a minute before the retirement.
  for (int i = 0; i < 12; ++i) {
    EXPECT_THAT(scheduler.RunPass(), IsOk());
    clock_.Advance(absl::Minutes(11));
  }
  clock_.Advance(retirement - clock_.Now() - absl::Minutes(1));
  EXPECT_THAT(scheduler.RunPass(), IsOk());
  ASSERT_EQ(StoredKey(previous).state, KeyState::kDisabled);
  clock_.Advance(absl::Minutes(1));
  EXPECT_THAT(scheduler.RunPass(), IsOk());
  EXPECT_EQ(StoredKey(previous).state, KeyState::kDestroyed);
}

TEST_F(RotationSchedulerTest, OfOneReplicaAtATimeDoesTheWorkAndAnotherTakesOverWhenItIsGone) {
  Core other(*store_, *hsm_, clock_, random_, steps_);
  Metrics other_metrics("other");
  RotationScheduler second({}, other.services, other_metrics);
  Pass();
  NewEnabledKey();
  EXPECT_THAT(second.RunPass(), IsOk());
  EXPECT_EQ(KeysInHsm(), 1u);
  EXPECT_THAT(other_metrics.Expose(), HasSubstr("signet_scheduler_leads 0"));
  clock_.Advance(absl::Seconds(16));
  EXPECT_THAT(second.RunPass(), IsOk());
  EXPECT_EQ(KeysInHsm(), 2u);
}

TEST_F(RotationSchedulerTest, ReportsAStoreThatCannotBeRead) {
  Core core(faulty_store_, *hsm_, clock_, random_, steps_);
  RotationScheduler scheduler({}, core.services, metrics_);
  faulty_store_.read_changes_error = Error(absl::StatusCode::kUnavailable, reason::kStoreUnavailable, "the store is away");
  EXPECT_THAT(scheduler.RunPass(), IsError(absl::StatusCode::kUnavailable, reason::kStoreUnavailable));
}

TEST_F(RotationSchedulerTest, RunsByItselfUntilItIsStopped) {
  NewEnabledKey();
  RotationScheduler scheduler({.interval = absl::Milliseconds(1)}, services(), metrics_);
  scheduler.Start();
  while (KeysInHsm() < 2) std::this_thread::yield();
  scheduler.Stop();
  scheduler.Stop();
}

TEST_F(RotationSchedulerTest, LeavesItsWorkToAnotherAtOnceWhenItIsStopped) {
  RotationScheduler scheduler({.interval = absl::Milliseconds(1)}, services(), metrics_);
  scheduler.Start();
  while (!absl::StrContains(metrics_.Expose(), "\nsignet_scheduler_leads 1\n")) std::this_thread::yield();
  scheduler.Stop();
  Pass();
  EXPECT_THAT(metrics_.Expose(), HasSubstr("\nsignet_scheduler_leads 1\n"));
}

TEST_F(RotationSchedulerTest, SealsTheAuditTrail) {
  NewSealingKey(services(), "k1");
  Pass();
  EXPECT_NE(Events().back().action, "SealAuditTrail");
  clock_.Advance(absl::Minutes(10));
  Pass();
  EXPECT_EQ(Events().back().action, "SealAuditTrail");
  EXPECT_THAT(metrics_.Expose(), HasSubstr(R"(signet_planned_steps_total{action="seal",outcome="ok"} 1)"));
}

TEST_F(RotationSchedulerTest, ASealThatFailsIsLoggedAndTriedAgainAfterAMinute) {
  const keystore::KeyRecord key = NewSealingKey(services(), "k1");
  ASSERT_THAT(hsm_->DestroyKey(HsmKeyId(key.uid)), IsOk());
  clock_.Advance(absl::Minutes(10));
  Pass();
  Pass();
  EXPECT_THAT(metrics_.Expose(), HasSubstr(R"(signet_planned_steps_total{action="seal",outcome="error"} 1)"));
  EXPECT_EQ(log().WaitFor("the audit trail cannot be sealed; it is tried again")->Text("reason"), reason::kKeyNotFound);
  NewSealingKey(services(), "k2");
  clock_.Advance(absl::Minutes(1));
  Pass();
  EXPECT_EQ(Events().back().action, "SealAuditTrail");
}

}  // namespace
}  // namespace signet::core
