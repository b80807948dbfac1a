#include "server/core/audit_sealing.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/base64url.h"
#include "nlohmann/json.hpp"
#include "server/core/audit.h"
#include "server/core/audit_seal.h"
#include "server/core/audit_verification.h"
#include "server/core/resource_lookup.h"
#include "server/core/tenant_snapshot.h"
#include "server/core/testing/core_fixture.h"
#include "server/core/testing/edited_store.h"
#include "server/core/testing/faulty_key_store.h"
#include "server/core/testing/sealing_key.h"

namespace signet::core {
namespace {

using keystore::Event;
using testing::ElementsAre;

constexpr AuditSealer::Options kOptions = {.max_events = 100, .max_age = absl::Minutes(10)};

class AuditSealerTest : public CoreTest {
 protected:
  void Write(int events = 1) {
    for (int i = 0; i < events; ++i) {
      Event event;
      event.time = services().Now();
      event.action = "Something";
      ASSERT_THAT(store_->Commit({{}, {}, {event}}), IsOk());
    }
  }
  bool Seal() { return SealWith(sealer_); }
  static bool SealWith(AuditSealer& sealer) {
    const absl::StatusOr<bool> sealed = sealer.SealIfDue();
    EXPECT_THAT(sealed, IsOk());
    return sealed.value_or(false);
  }
  Event Last() { return Events().back(); }

  AuditSealer sealer_{kOptions, services()};
  Crash crash_;
};

TEST_F(AuditSealerTest, SealsNothingWithoutAKey) {
  Write(200);
  EXPECT_FALSE(Seal());
}

TEST_F(AuditSealerTest, SealsOnceSoManyEventsAreNotSealed) {
  NewSealingKey(services(), "k1");
  Write(static_cast<int>(99 - Events().size()));
  EXPECT_FALSE(Seal());
  Write();
  EXPECT_TRUE(Seal());
  EXPECT_FALSE(Seal());
  // The seal itself is not sealed yet.
  Write(98);
  EXPECT_FALSE(Seal());
  Write();
  EXPECT_TRUE(Seal());
}

TEST_F(AuditSealerTest, SealsOnceAnEventHasNotBeenForSoLongAndLeavesAnIdleTrailAlone) {
  NewSealingKey(services(), "k1");
  clock_.Advance(absl::Minutes(10) - absl::Microseconds(1));
  EXPECT_FALSE(Seal());
  clock_.Advance(absl::Microseconds(1));
  EXPECT_TRUE(Seal());
  clock_.Advance(absl::Hours(1000));
  EXPECT_FALSE(Seal());
  Write();
  EXPECT_FALSE(Seal());
  clock_.Advance(absl::Minutes(10));
  EXPECT_TRUE(Seal());
}

TEST_F(AuditSealerTest, EventsOfAClockThatWasSetBackAreSealed) {
  NewSealingKey(services(), "k1");
  clock_.Advance(-absl::Hours(5));
  EXPECT_TRUE(Seal());
}

TEST_F(AuditSealerTest, ASealSignsTheHashOfTheLastEventWithTheEnabledKey) {
  NewSealingKey(services(), "k1");
  const keystore::KeyRecord key = NewSealingKey(services(), "k2");
  const Event sealed = Last();
  clock_.Advance(absl::Minutes(10));
  ASSERT_TRUE(Seal());
  const Event seal = Last();
  EXPECT_EQ(seal.action, "SealAuditTrail");
  EXPECT_EQ(seal.actor, kSystemActor);
  EXPECT_EQ(seal.resource, "tenants/system/keyRings/audit/keys/k2");
  EXPECT_EQ(seal.tenant.value(), "system");
  EXPECT_EQ(seal.time, services().Now());
  const auto content = nlohmann::json::parse(seal.after);
  EXPECT_EQ(content["sequence"], sealed.sequence);
  EXPECT_EQ(content["hash"], Base64UrlEncode(sealed.hash));
  EXPECT_EQ(content.size(), 3u);
  const std::string message = std::string("signet-audit-seal-v1\0", 21) + services().instance_id + '\0' +
                              std::to_string(sealed.sequence) + '\0' + sealed.hash;
  EXPECT_THAT(StoredPublicKey(key)->VerifyMessage(message, *Base64UrlDecode(content["signature"].get<std::string>())), IsOk());
}

TEST_F(AuditSealerTest, ASealIsInTheLogSoThatOneKeptElsewhereAnchorsTheTrail) {
  NewSealingKey(services(), "k1");
  clock_.Advance(absl::Minutes(10));
  const Event sealed = Last();
  ASSERT_TRUE(Seal());
  const auto line = log().WaitFor("sealed the audit trail");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->level, LogLevel::kInfo);
  EXPECT_EQ(line->Number("sequence"), sealed.sequence);
  EXPECT_EQ(line->Text("hash"), Base64UrlEncode(sealed.hash));
  EXPECT_EQ(line->Text("key"), "tenants/system/keyRings/audit/keys/k1");
}

TEST_F(AuditSealerTest, WhatAnotherReplicaHasSealedIsNotSealedAgain) {
  NewSealingKey(services(), "k1");
  clock_.Advance(absl::Minutes(10));
  AuditSealer other(kOptions, services());
  EXPECT_TRUE(SealWith(other));
  EXPECT_FALSE(Seal());
  Write();
  clock_.Advance(absl::Minutes(10));
  EXPECT_TRUE(Seal());
  EXPECT_FALSE(SealWith(other));
}

TEST_F(AuditSealerTest, TwoSealsOfTheSameAreHarmless) {
  NewSealingKey(services(), "k1");
  clock_.Advance(absl::Minutes(10));
  FaultyKeyStore store(*store_, crash_);
  Core core(store, *hsm_, clock_, random_, steps_);
  AuditSealer other(kOptions, core.services);
  store.before_commit = [&] {
    store.before_commit = nullptr;
    EXPECT_TRUE(Seal());
  };
  EXPECT_TRUE(SealWith(other));
  const absl::StatusOr<AuditReport> report = VerifyAuditLog(*store_, 0);
  EXPECT_FALSE(report->first_break);
  EXPECT_EQ(report->seals, 2);
  clock_.Advance(absl::Hours(1));
  EXPECT_FALSE(Seal());
  EXPECT_FALSE(SealWith(other));
}

TEST_F(AuditSealerTest, AKeyThatIsSupersededMeanwhileSealsNothing) {
  NewSealingKey(services(), "k1");
  clock_.Advance(absl::Minutes(10));
  FaultyKeyStore store(*store_, crash_);
  Core core(store, *hsm_, clock_, random_, steps_);
  AuditSealer sealer(kOptions, core.services);
  store.before_commit = [&] { NewSealingKey(services(), "k2"); };
  EXPECT_THAT(sealer.SealIfDue(), IsError(absl::StatusCode::kAborted, reason::kConcurrentChange));
  store.before_commit = nullptr;
  EXPECT_TRUE(SealWith(sealer));
  EXPECT_EQ(Last().resource, "tenants/system/keyRings/audit/keys/k2");
}

TEST_F(AuditSealerTest, AFailureOfTheHsmLeavesTheSealDue) {
  const keystore::KeyRecord key = NewSealingKey(services(), "k1");
  clock_.Advance(absl::Minutes(10));
  ASSERT_THAT(hsm_->DestroyKey(HsmKeyId(key.uid)), IsOk());
  const size_t events = Events().size();
  EXPECT_THAT(sealer_.SealIfDue(), IsError(absl::StatusCode::kNotFound, reason::kKeyNotFound));
  EXPECT_EQ(Events().size(), events);
  NewSealingKey(services(), "k2");
  EXPECT_TRUE(Seal());
}

TEST_F(AuditSealerTest, ABreakSinceTheLastSealBecomesAnEventOnceAndTheTrailGoesOn) {
  NewSealingKey(services(), "k1");
  EditedStore store(*store_);
  Core core(store, *hsm_, clock_, random_, steps_);
  AuditSealer sealer(kOptions, core.services);
  clock_.Advance(absl::Minutes(10));
  ASSERT_TRUE(SealWith(sealer));
  Write(3);
  const int64_t broken = Last().sequence - 1;
  store.edit = [&](Event& event) {
    if (event.sequence == broken) event.actor = "nobody";
    return true;
  };
  clock_.Advance(absl::Minutes(10));
  const size_t before = Events().size();
  ASSERT_TRUE(SealWith(sealer));
  EXPECT_THAT(Actions(before), ElementsAre("AuditTrailBroken", "SealAuditTrail"));
  EXPECT_EQ(Events()[before].resource, absl::StrCat("events/", broken));
  EXPECT_EQ(nlohmann::json::parse(Events()[before].after)["sequence"], broken);
  EXPECT_EQ(core.log.WaitFor("the audit trail is broken: somebody changed it behind signet's back")->Number("sequence"), broken);
  Write();
  clock_.Advance(absl::Minutes(10));
  const size_t after = Events().size();
  AuditSealer restarted(kOptions, core.services);
  ASSERT_TRUE(SealWith(restarted));
  EXPECT_THAT(Actions(after), ElementsAre("SealAuditTrail"));
}

TEST_F(AuditSealerTest, WhatThisProcessHasSealedIsMissedWhenItIsChangedOrGoneWithItsSeals) {
  NewSealingKey(services(), "k1");
  for (const bool cut_off : {false, true}) {
    EditedStore store(*store_);
    Core core(store, *hsm_, clock_, random_, steps_);
    AuditSealer sealer(kOptions, core.services);
    Write();
    clock_.Advance(absl::Minutes(10));
    const int64_t sealed = Last().sequence;
    ASSERT_TRUE(SealWith(sealer));
    store.edit = [&](Event& event) {
      if (cut_off) return event.sequence < sealed - 1;
      if (event.sequence == sealed) event.hash = std::string(32, 'x');
      return event.action != kSealAction;
    };
    Write();
    clock_.Advance(absl::Minutes(10));
    const size_t before = Events().size();
    ASSERT_TRUE(SealWith(sealer));
    EXPECT_THAT(Actions(before), ElementsAre("AuditTrailBroken", "SealAuditTrail")) << cut_off;
    EXPECT_EQ(Events()[before].resource, absl::StrCat("events/", sealed)) << cut_off;
  }
}

TEST_F(AuditSealerTest, AnEventThatOnlyCallsItselfASealSealsNothing) {
  NewSealingKey(services(), "k1");
  Event forged = MakeSealEvent({.time = services().Now(),
                                .sealed_sequence = Last().sequence,
                                .sealed_hash = Last().hash,
                                .key = {SealingRing(), keystore::Kid("k1")}},
                               std::string(64, 'x'));
  ASSERT_THAT(store_->Commit({{}, {}, {forged}}), IsOk());
  clock_.Advance(absl::Minutes(10));
  EXPECT_TRUE(Seal());
}

}  // namespace
}  // namespace signet::core
