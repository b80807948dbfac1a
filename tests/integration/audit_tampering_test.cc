// A SQLite file that somebody changes behind the server's back: VerifyAuditLog names the first event that is wrong.
#include <sqlite3.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/base64url.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hsm/software_hsm.h"
#include "keystore/event_chain.h"
#include "keystore/sqlite_key_store.h"
#include "server/core/audit_sealing.h"
#include "server/core/audit_verification.h"
#include "server/core/testing/core_fixture.h"
#include "server/core/testing/sealing_key.h"
#include "server/core/trail_check.h"

namespace signet::testing {
namespace {

using ::testing::HasSubstr;

// What the trail of the test looks like: the key's events, 20 more and a seal, 20 more and a seal, and 5 that are not sealed.
constexpr int kRun = 20;
constexpr int kTail = 5;

class AuditTampering : public ::testing::Test {
 protected:
  AuditTampering() {
    const char* parent = getenv("TEST_TMPDIR");
    std::string name = absl::StrCat(parent == nullptr ? "/tmp" : parent, "/audit-XXXXXX");
    folder_ = mkdtemp(name.data());
    Open();
    core::NewSealingKey(core_->services, "k1");
    core::AuditSealer sealer({.max_events = kRun}, core_->services);
    for (int64_t* seal : {&first_seal_, &second_seal_}) {
      WriteEvents(kRun);
      EXPECT_TRUE(sealer.SealIfDue().value());
      *seal = End();
    }
    WriteEvents(kTail);
    end_ = End();
  }
  ~AuditTampering() override {
    Close();
    std::filesystem::remove_all(folder_);
  }

  void Open() {
    store_ = keystore::CreateSqliteKeyStore(path()).value();
    core_ = std::make_unique<core::Core>(*store_, *hsm_, clock_, random_, steps_);
  }
  void Close() {
    core_ = nullptr;
    store_ = nullptr;
  }
  std::string path() const { return folder_ + "/signet.db"; }

  void WriteEvents(int count) {
    for (int i = 0; i < count; ++i) {
      keystore::Event event;
      event.time = clock_.Now();
      event.actor = absl::StrCat("actor-", i);
      event.action = "Something";
      event.after = R"({"a":1})";
      ASSERT_TRUE(store_->Commit({{}, {}, {event}}).ok());
    }
  }
  int64_t End() { return core::ReadLastEvent(*store_).value()->sequence; }

  // Runs SQL on the file while no server has it.
  void Tamper(const std::string& sql) {
    Close();
    RunSql(sql);
    Open();
  }
  void RunSql(const std::string& sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path().c_str(), &database), SQLITE_OK);
    char* message = nullptr;
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, &message), SQLITE_OK) << message << ": " << sql;
    EXPECT_EQ(sqlite3_close(database), SQLITE_OK);
  }
  // Computes the hashes from an event on anew, as somebody who knows how they are made can.
  void ComputeAnew(int64_t from) {
    std::string hash = core::ReadEvent(*store_, from - 1).value()->hash;
    std::string sql;
    ASSERT_TRUE(core::VisitEventsAfter(*store_, from - 1, [&](const keystore::Event& event) -> absl::StatusOr<bool> {
                  hash = keystore::EventHash(hash, event);
                  absl::StrAppend(&sql, "UPDATE events SET hash = x'", Hex(hash), "' WHERE sequence = ", event.sequence, ";");
                  return true;
                }).ok());
    Tamper(sql);
  }
  static std::string Hex(const std::string& bytes) {
    std::string hex;
    for (const unsigned char byte : bytes) absl::StrAppend(&hex, absl::Hex(byte, absl::kZeroPad2));
    return hex;
  }

  core::AuditReport Verify() {
    absl::StatusOr<core::AuditReport> report = core::VerifyAuditLog(*store_, 0);
    EXPECT_TRUE(report.ok()) << report.status();
    return report.value_or(core::AuditReport());
  }
  void ExpectBreak(int64_t sequence, const std::string& problem) {
    const core::AuditReport report = Verify();
    ASSERT_TRUE(report.first_break);
    EXPECT_EQ(report.first_break->sequence, sequence);
    EXPECT_THAT(report.first_break->problem, HasSubstr(problem));
  }

  std::string folder_;
  FakeClock clock_;
  SystemRandom random_;
  core::StepObserver steps_;
  const std::unique_ptr<hsm::Hsm> hsm_ = hsm::CreateSoftwareHsm();
  std::unique_ptr<keystore::KeyStore> store_;
  std::unique_ptr<core::Core> core_;
  int64_t first_seal_ = 0;
  int64_t second_seal_ = 0;
  int64_t end_ = 0;
};

TEST_F(AuditTampering, ATrailThatWasLeftAloneIsIntactAfterARestart) {
  Tamper("");
  const core::AuditReport report = Verify();
  EXPECT_FALSE(report.first_break);
  EXPECT_EQ(report.events, end_);
  EXPECT_EQ(report.seals, 2);
  EXPECT_EQ(report.last_seal->sequence, second_seal_);
  EXPECT_EQ(report.last_seal->sealed_sequence, second_seal_ - 1);
}

TEST_F(AuditTampering, AChangedEventIsNamed) {
  Tamper(absl::StrCat("UPDATE events SET actor = 'nobody' WHERE sequence = ", first_seal_ + 3));
  ExpectBreak(first_seal_ + 3, "was changed");
}

TEST_F(AuditTampering, AChangedHashIsNamed) {
  Tamper(absl::StrCat("UPDATE events SET hash = x'00' WHERE sequence = ", end_));
  ExpectBreak(end_, "was changed");
}

TEST_F(AuditTampering, ARemovedEventIsNamed) {
  Tamper(absl::StrCat("DELETE FROM events WHERE sequence = ", first_seal_ + 3));
  ExpectBreak(first_seal_ + 3, "was removed");
}

TEST_F(AuditTampering, ARemovedEventWhoseSuccessorsMovedUpIsNamed) {
  Tamper(absl::StrCat("DELETE FROM events WHERE sequence = ", end_ - 2,
                      "; UPDATE events SET sequence = sequence - 1 WHERE sequence > ", end_ - 2));
  ExpectBreak(end_ - 2, "was changed");
}

TEST_F(AuditTampering, AnInsertedEventIsNamed) {
  const int64_t at = first_seal_ + 3;
  Tamper(absl::StrCat("UPDATE events SET sequence = -sequence - 1 WHERE sequence >= ", at,
                      "; UPDATE events SET sequence = -sequence WHERE sequence < 0; INSERT INTO events SELECT ", at,
                      ", revision, time, 'mallory', action, resource, tenant, request_id, before, after, hash FROM events "
                      "WHERE sequence = ",
                      at - 1));
  ExpectBreak(at, "was changed");
}

TEST_F(AuditTampering, AnInsertedEventBelowTheFirstIsNamed) {
  Tamper(
      "INSERT INTO events SELECT -4, revision, time, actor, action, resource, tenant, request_id, before, after, hash FROM events "
      "WHERE sequence = 1");
  ExpectBreak(-4, "was added");
}

TEST_F(AuditTampering, ReorderedEventsAreNamed) {
  const int64_t at = first_seal_ + 3;
  Tamper(absl::StrCat("UPDATE events SET sequence = -1 WHERE sequence = ", at, "; UPDATE events SET sequence = ", at,
                      " WHERE sequence = ", at + 1, "; UPDATE events SET sequence = ", at + 1, " WHERE sequence = -1"));
  ExpectBreak(at, "was changed");
}

TEST_F(AuditTampering, AGapInTheMiddleIsNamedByItsFirstEvent) {
  Tamper(absl::StrCat("DELETE FROM events WHERE sequence BETWEEN ", first_seal_ + 3, " AND ", second_seal_ + 1));
  ExpectBreak(first_seal_ + 3, "was removed");
}

TEST_F(AuditTampering, AnEndThatWasCutOffIsNamedBeforeAndAfterTheServerWritesOn) {
  Tamper(absl::StrCat("DELETE FROM events WHERE sequence > ", end_ - 2));
  ExpectBreak(end_ - 1, "were removed");
  WriteEvents(1);
  ExpectBreak(end_ - 1, "were removed");
}

TEST_F(AuditTampering, AChainThatWasComputedAnewBreaksAtTheNextSeal) {
  Tamper(absl::StrCat("UPDATE events SET actor = 'nobody' WHERE sequence = ", first_seal_ + 3));
  ComputeAnew(first_seal_ + 3);
  ExpectBreak(second_seal_, absl::StrCat("one of the events ", first_seal_, " to ", second_seal_ - 1));
  EXPECT_EQ(Verify().last_seal->sequence, first_seal_);
}

TEST_F(AuditTampering, AChainThatWasComputedAnewBehindTheLastSealIsWithinWhatSealsCannotShowYet) {
  Tamper(absl::StrCat("UPDATE events SET actor = 'nobody' WHERE sequence = ", end_ - 1));
  ComputeAnew(end_ - 1);
  EXPECT_FALSE(Verify().first_break);
}

TEST_F(AuditTampering, ASealThatWasPutOverTheNewHashDoesNotHold) {
  Tamper(absl::StrCat("UPDATE events SET actor = 'nobody' WHERE sequence = ", second_seal_ - 1));
  ComputeAnew(second_seal_ - 1);
  const std::string hash = core::ReadEvent(*store_, second_seal_ - 1).value()->hash;
  Tamper(absl::StrCat("UPDATE events SET after = json_set(after, '$.hash', '", Base64UrlEncode(hash),
                      "') WHERE sequence = ", second_seal_));
  ComputeAnew(second_seal_);
  ExpectBreak(second_seal_, "signature does not match");
}

TEST_F(AuditTampering, ContentOfAnyKindIsNamedAndReadWithoutHarm) {
  for (const char* content : {"CAST(x'ff00fe' AS TEXT)", "''", "'{\"sequence\":1e400}'", "CAST(zeroblob(3000000) AS TEXT)"}) {
    Tamper(absl::StrCat("UPDATE events SET after = ", content, ", resource = ", content, " WHERE sequence = ", second_seal_));
    ExpectBreak(second_seal_, "was changed");
    ComputeAnew(second_seal_);
    ExpectBreak(second_seal_, "no seal that signet writes");
  }
}

}  // namespace
}  // namespace signet::testing
