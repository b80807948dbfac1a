#include "server/core/audit_verification.h"

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/base64url.h"
#include "base/sha256.h"
#include "keystore/event_chain.h"
#include "server/core/audit_seal.h"
#include "server/core/audit_sealing.h"
#include "server/core/audit_trail.h"
#include "server/core/private_key_use.h"
#include "server/core/testing/core_fixture.h"
#include "server/core/testing/edited_store.h"
#include "server/core/testing/sealing_key.h"

namespace signet::core {
namespace {

using keystore::Event;
using testing::HasSubstr;

class AuditVerificationTest : public CoreTest {
 protected:
  AuditVerificationTest() { key_ = NewSealingKey(services(), "k1"); }

  void Write(int events = 1) {
    for (int i = 0; i < events; ++i) {
      Event event;
      event.time = services().Now();
      event.action = "Something";
      Append(event);
    }
  }
  void Append(const Event& event) { ASSERT_THAT(store_->Commit({{}, {}, {event}}), IsOk()); }
  // Appends a seal by the key "k1", which `change` may alter before it is signed, and `forge` after.
  void AppendSeal(const std::function<void(AuditSeal&)>& change = {}, const std::function<void(Event&)>& forge = {}) {
    const Event last = Events().back();
    AuditSeal seal = {
        .time = services().Now(), .sealed_sequence = last.sequence, .sealed_hash = last.hash, .key = {SealingRing(), key_.kid}};
    if (change) change(seal);
    const std::string digest = Sha256(SealMessage(services().instance_id, seal.sealed_sequence, seal.sealed_hash));
    Event event = MakeSealEvent(seal, *SignWithKey(services(), key_, digest));
    if (forge) forge(event);
    Append(event);
  }
  AuditReport Verify(int64_t start_sequence = 0) {
    absl::StatusOr<AuditReport> report = VerifyAuditLog(edited_, start_sequence);
    EXPECT_THAT(report, IsOk());
    return report.value_or(AuditReport());
  }
  void ExpectBreak(const AuditReport& report, int64_t sequence, const std::string& problem) {
    ASSERT_TRUE(report.first_break);
    EXPECT_EQ(report.first_break->sequence, sequence);
    EXPECT_THAT(report.first_break->problem, HasSubstr(problem));
    EXPECT_LT(report.last_sequence, sequence);
  }
  int64_t End() { return Events().back().sequence; }

  keystore::KeyRecord key_;
  EditedStore edited_{*store_};
};

TEST_F(AuditVerificationTest, ATrailThatNobodyChangedIsIntactWithAllItsEventsAndSeals) {
  Write(250);
  AppendSeal();
  const Event sealed = Events()[Events().size() - 2];
  Write();
  const AuditReport report = Verify();
  EXPECT_FALSE(report.first_break);
  EXPECT_EQ(report.events, End());
  EXPECT_EQ(report.last_sequence, End());
  EXPECT_EQ(report.seals, 1);
  const AuditSeal expected = {sealed.sequence + 1, services().Now(), sealed.sequence, sealed.hash, {SealingRing(), key_.kid}};
  EXPECT_EQ(report.last_seal, expected);
}

TEST_F(AuditVerificationTest, ATrailWithoutSealsIsIntact) {
  const AuditReport report = Verify();
  EXPECT_FALSE(report.first_break);
  EXPECT_EQ(report.last_seal, std::nullopt);
}

TEST_F(AuditVerificationTest, EveryMemberOfEveryEventCounts) {
  Write(3);
  const std::vector<std::function<void(Event&)>> edits = {
      [](Event& event) { event.revision += 1; },     [](Event& event) { event.time += absl::Microseconds(1); },
      [](Event& event) { event.actor += "x"; },      [](Event& event) { event.action = "y"; },
      [](Event& event) { event.resource += "x"; },   [](Event& event) { event.tenant = keystore::TenantId("x"); },
      [](Event& event) { event.request_id += "x"; }, [](Event& event) { event.before += "x"; },
      [](Event& event) { event.after += "x"; },      [](Event& event) { event.hash = ""; },
      [](Event& event) { event.hash[0] ^= 1; },
  };
  for (int64_t broken = 1; broken <= End(); ++broken) {
    for (const auto& edit : edits) {
      edited_.edit = [&](Event& event) {
        if (event.sequence == broken) edit(event);
        return true;
      };
      ExpectBreak(Verify(), broken, "was changed");
    }
  }
}

TEST_F(AuditVerificationTest, ARemovedEventIsNamed) {
  Write(3);
  for (int64_t broken = 1; broken < End(); ++broken) {
    edited_.edit = [&](Event& event) { return event.sequence != broken; };
    ExpectBreak(Verify(), broken, "was removed");
  }
  // The last one is missed by the store's revision.
  edited_.edit = [&](Event& event) { return event.sequence != End(); };
  ExpectBreak(Verify(), End(), "were removed");
}

TEST_F(AuditVerificationTest, ACommitWhoseEventsAreGoneIsMissedThoughTheHashesWereComputedAnew) {
  Write(4);
  std::string hash;
  int64_t sequence = 0;
  const int64_t gone = End() - 1;
  edited_.edit = [&](Event& event) {
    if (event.sequence == 1) {
      hash.clear();
      sequence = 0;
    }
    if (event.sequence == gone) return false;
    event.sequence = ++sequence;
    event.hash = hash = keystore::EventHash(hash, event);
    return true;
  };
  ExpectBreak(Verify(), gone, "commits before it");
}

TEST_F(AuditVerificationTest, AnEventBelowTheFirstIsNamed) {
  edited_.edit = [&](Event& event) {
    if (event.sequence == 1) event.sequence = -7;
    return true;
  };
  const AuditReport report = Verify();
  ASSERT_TRUE(report.first_break);
  EXPECT_EQ(report.first_break->sequence, -7);
}

TEST_F(AuditVerificationTest, TheCheckBeginsWithTheEventAskedForWhosePredecessorIsTakenAsItIs) {
  Write(10);
  const int64_t broken = End() - 5;
  edited_.edit = [&](Event& event) {
    if (event.sequence == broken) event.actor = "x";
    return true;
  };
  ExpectBreak(Verify(1), broken, "was changed");
  ExpectBreak(Verify(broken), broken, "was changed");
  EXPECT_FALSE(Verify(broken + 1).first_break);
  EXPECT_EQ(Verify(broken + 1).events, 5);
  EXPECT_THAT(VerifyAuditLog(edited_, End() + 1), IsError(absl::StatusCode::kInvalidArgument, reason::kInvalidField));
  edited_.edit = [&](Event& event) { return event.sequence != broken; };
  ExpectBreak(Verify(broken + 1), broken, "was removed");
}

TEST_F(AuditVerificationTest, ASealOfAnEventBeforeItsPredecessorIsCheckedAgainstThatEvent) {
  const Event sealed = Events().back();
  Write(3);
  AppendSeal([&](AuditSeal& seal) {
    seal.sealed_sequence = sealed.sequence;
    seal.sealed_hash = sealed.hash;
  });
  EXPECT_EQ(Verify().seals, 1);
  EXPECT_FALSE(Verify().first_break);
  EXPECT_FALSE(Verify(sealed.sequence + 2).first_break);
}

TEST_F(AuditVerificationTest, ASealOfAnotherHashTellsOfATrailThatWasComputedAnew) {
  AppendSeal();
  Write();
  AppendSeal([](AuditSeal& seal) { seal.sealed_hash[5] ^= 1; });
  const AuditReport report = Verify();
  ExpectBreak(report, End(), "another hash");
  EXPECT_EQ(report.seals, 1);
}

TEST_F(AuditVerificationTest, WhatIsNoSealOfSignetIsNamed) {
  const std::vector<std::function<void(Event&)>> forgeries = {
      [](Event& event) { event.after = ""; },
      [](Event& event) { event.after = "[]"; },
      [](Event& event) { event.after = R"({"sequence":1})"; },
      [](Event& event) { event.after = R"({"sequence":1e999,"hash":"","signature":""})"; },
      [](Event& event) { event.after = R"({"sequence":18446744073709551615,"hash":"","signature":""})"; },
      [](Event& event) { event.after.insert(1, R"("x":)" + std::string(100'000, '[')); },
      [](Event& event) { event.resource = "tenants/acme/keyRings/audit/keys/k1"; },
      [](Event& event) { event.resource = ""; },
      [](Event& event) { event.resource += "\xff/'; --"; },
  };
  for (const auto& forge : forgeries) {
    AppendSeal({}, forge);
    const int64_t broken = End();
    ExpectBreak(Verify(broken), broken, "no seal that signet writes");
  }
}

TEST_F(AuditVerificationTest, ASealMustSealWhatIsBeforeIt) {
  for (const int64_t offset : {int64_t{1}, int64_t{100}, -End(), -End() - 5}) {
    AppendSeal([&](AuditSeal& seal) { seal.sealed_sequence += offset; });
    const int64_t broken = End();
    const AuditReport report = Verify(broken);
    ASSERT_TRUE(report.first_break) << offset;
    EXPECT_EQ(report.first_break->sequence, broken);
    EXPECT_THAT(report.first_break->problem, testing::AnyOf(HasSubstr("not before it"), HasSubstr("another hash")));
  }
}

TEST_F(AuditVerificationTest, ASealsSignatureMustMatch) {
  AppendSeal({}, [](Event& event) { event.after.replace(event.after.find("signature") + 14, 4, "AAAA"); });
  ExpectBreak(Verify(), End(), "signature does not match");
}

TEST_F(AuditVerificationTest, ASealOfAnotherStoreDoesNotHold) {
  AppendSeal({}, [&](Event& event) {
    const Event last = Events().back();
    const std::string digest = Sha256(SealMessage(std::string(32, '0'), last.sequence, last.hash));
    event = MakeSealEvent(
        {.time = services().Now(), .sealed_sequence = last.sequence, .sealed_hash = last.hash, .key = {SealingRing(), key_.kid}},
        *SignWithKey(services(), key_, digest));
  });
  ExpectBreak(Verify(), End(), "signature does not match");
}

TEST_F(AuditVerificationTest, ASealMustNameAKeyOfTheAuditRing) {
  const KeyName foreign = NewKey("k9");
  for (const std::string& kid : {std::string("unknown"), foreign.kid.value()}) {
    AppendSeal([&](AuditSeal& seal) { seal.key.kid = keystore::Kid(kid); });
    ExpectBreak(Verify(End()), End(), "does not have");
  }
}

TEST_F(AuditVerificationTest, ASealHoldsAfterItsKeyWasSupersededRevokedOrDestroyed) {
  AppendSeal();
  NewSealingKey(services(), "k2");
  EXPECT_FALSE(Verify().first_break);
  clock_.Advance(absl::Seconds(1));
  RevokeSealingKey(services(), "k1");
  const AuditReport report = Verify();
  EXPECT_FALSE(report.first_break);
  EXPECT_EQ(report.seals, 1);
}

TEST_F(AuditVerificationTest, AKeyDoesNotVouchForWhatIsSealedAfterItWasRevoked) {
  RevokeSealingKey(services(), "k1");
  clock_.Advance(absl::Minutes(1));
  AppendSeal();
  // Of a replica whose clock is ahead of that which revoked.
  EXPECT_FALSE(Verify().first_break);
  clock_.Advance(absl::Microseconds(1));
  AppendSeal();
  ExpectBreak(Verify(), End(), "revoked");
}

TEST_F(AuditVerificationTest, OneVerificationAtATime) {
  AuditTrail trail(edited_);
  edited_.edit = [&](Event&) {
    EXPECT_THAT(trail.Verify(0), IsError(absl::StatusCode::kResourceExhausted, reason::kQueueFull));
    return true;
  };
  EXPECT_THAT(trail.Verify(0), IsOk());
  EXPECT_THAT(trail.Verify(0), IsOk());
  EXPECT_THAT(trail.Verify(-1), IsError(absl::StatusCode::kInvalidArgument, reason::kInvalidField));
}

}  // namespace
}  // namespace signet::core
