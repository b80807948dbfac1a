#include "server/core/authentication_failures.h"

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "server/core/testing/core_fixture.h"
#include "server/core/testing/faulty_key_store.h"

namespace signet::core {
namespace {

using keystore::Event;

class AuthenticationFailuresTest : public CoreTest {
 protected:
  // The events of failures.
  std::vector<Event> Written() {
    keystore::KeyStore::EventFilter filter;
    filter.action = "AuthenticationFailed";
    return *store_->ListEvents(filter, {.after = "", .limit = 10'000});
  }
  static int64_t CountOf(const Event& event) { return nlohmann::json::parse(event.after)["count"]; }
  int64_t Total() {
    int64_t total = 0;
    for (const Event& event : Written()) total += CountOf(event);
    return total;
  }
  void Flush() { EXPECT_THAT(failures_.Flush(), IsOk()); }

  Crash crash_;
  FaultyKeyStore faulty_{*store_, crash_};
  AuthenticationFailures failures_{{.max_kept = 100}, faulty_, clock_, log()};
};

TEST_F(AuthenticationFailuresTest, AFailureBecomesAnEventOfItsTenant) {
  failures_.OnFailure({"CLIENT_SECRET", "client-1", acme_});
  EXPECT_TRUE(Written().empty());
  Flush();
  ASSERT_EQ(Written().size(), 1u);
  const Event event = Written().front();
  EXPECT_EQ(event.actor, "client-1");
  EXPECT_EQ(event.resource, "tenants/acme");
  EXPECT_EQ(event.tenant, acme_);
  EXPECT_EQ(event.time, clock_.Now());
  const int64_t now = absl::ToUnixMicros(clock_.Now());
  EXPECT_EQ(event.after, absl::StrCat(R"({"reason":"CLIENT_SECRET","client":"client-1","count":1,"first_time":)", now,
                                      R"(,"last_time":)", now, "}"));
}

TEST_F(AuthenticationFailuresTest, WhatIsNotKnownIsEmpty) {
  failures_.OnFailure({.reason = "TOKEN_MALFORMED"});
  Flush();
  ASSERT_EQ(Written().size(), 1u);
  EXPECT_EQ(Written().front().actor, "");
  EXPECT_EQ(Written().front().resource, "");
}

TEST_F(AuthenticationFailuresTest, ThoseOfAMinuteAreOneEventWithTheirNumberAndTimes) {
  failures_.OnFailure({"R", "c", acme_});
  Flush();
  const absl::Time first = clock_.Now() + absl::Seconds(1);
  for (int i = 0; i < 59; ++i) {
    clock_.Advance(absl::Seconds(1));
    failures_.OnFailure({"R", "c", acme_});
    Flush();
  }
  EXPECT_EQ(Written().size(), 1u);
  clock_.Advance(absl::Seconds(1));
  Flush();
  ASSERT_EQ(Written().size(), 2u);
  const auto after = nlohmann::json::parse(Written().back().after);
  EXPECT_EQ(after["count"], 59);
  EXPECT_EQ(after["first_time"], absl::ToUnixMicros(first));
  EXPECT_EQ(after["last_time"], absl::ToUnixMicros(first + absl::Seconds(58)));
}

TEST_F(AuthenticationFailuresTest, OtherReasonsClientsAndTenantsAreOtherEvents) {
  for (const AuthenticationFailure& failure :
       {AuthenticationFailure{"R", "c", acme_}, {"S", "c", acme_}, {"R", "d", acme_}, {"R", "c", {}}, {"R", "c", acme_}}) {
    failures_.OnFailure(failure);
  }
  Flush();
  EXPECT_EQ(Written().size(), 4u);
  EXPECT_EQ(Total(), 5);
}

TEST_F(AuthenticationFailuresTest, NoMoreEventsThanAllowedAreWrittenInAMinuteAndTheOldestFirst) {
  for (int i = 0; i < 90; ++i) {
    clock_.Advance(absl::Milliseconds(1));
    failures_.OnFailure({"R", absl::StrCat("c", i), acme_});
  }
  Flush();
  Flush();
  EXPECT_EQ(Written().size(), 60u);
  EXPECT_EQ(Written().back().actor, "c59");
  clock_.Advance(absl::Minutes(1));
  Flush();
  EXPECT_EQ(Written().size(), 90u);
}

TEST_F(AuthenticationFailuresTest, AFloodOfDifferentOnesIsCountedTogether) {
  for (int i = 0; i < 5000; ++i) failures_.OnFailure({"R", absl::StrCat("c", i), acme_});
  for (int minute = 0; minute < 3; ++minute) {
    Flush();
    clock_.Advance(absl::Minutes(1));
  }
  EXPECT_EQ(Written().size(), 101u);
  EXPECT_EQ(Total(), 5000);
  keystore::KeyStore::EventFilter filter;
  filter.actor = "c99";
  EXPECT_EQ(store_->ListEvents(filter, {})->size(), 1u);
  // Afterwards there is room again.
  failures_.OnFailure({"R", "c4999", acme_});
  Flush();
  EXPECT_EQ(Written().back().actor, "c4999");
}

TEST_F(AuthenticationFailuresTest, OfAClientOnlySomePrintableCharactersAreKept) {
  failures_.OnFailure({"R", "a\n\"\x1b[31m\xc3\xa9\0b" + std::string(1'000'000, 'x'), {}});
  Flush();
  ASSERT_EQ(Written().size(), 1u);
  EXPECT_EQ(Written().front().actor.size(), 128u);
  EXPECT_EQ(Written().front().actor.substr(0, 9), "a?\"?[31m?");
}

TEST_F(AuthenticationFailuresTest, WhatCannotBeWrittenIsKeptAndWrittenLater) {
  for (int i = 0; i < 70; ++i) failures_.OnFailure({"R", absl::StrCat("c", i), acme_});
  const absl::Time first = clock_.Now();
  faulty_.commit_error = Error(absl::StatusCode::kUnavailable, reason::kStoreUnavailable, "gone");
  EXPECT_THAT(failures_.Flush(), IsError(absl::StatusCode::kUnavailable, reason::kStoreUnavailable));
  clock_.Advance(absl::Seconds(5));
  failures_.OnFailure({"R", "c0", acme_});
  EXPECT_THAT(failures_.Flush(), IsError(absl::StatusCode::kUnavailable, reason::kStoreUnavailable));
  faulty_.commit_error = absl::OkStatus();
  Flush();
  // The failed tries used up nothing of the minute.
  EXPECT_EQ(Written().size(), 60u);
  EXPECT_EQ(Total(), 61);
  EXPECT_EQ(nlohmann::json::parse(Written().front().after)["first_time"], absl::ToUnixMicros(first));
  clock_.Advance(absl::Minutes(1));
  Flush();
  EXPECT_EQ(Total(), 71);
}

TEST_F(AuthenticationFailuresTest, NothingIsWrittenWhereNothingFailed) {
  const size_t events = Events().size();
  Flush();
  EXPECT_EQ(Events().size(), events);
}

TEST_F(AuthenticationFailuresTest, ThreadsThatReportWhileItWritesLoseNothing) {
  failures_.Start();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 500; ++i) failures_.OnFailure({"R", absl::StrCat("c", t), acme_});
    });
  }
  for (std::thread& thread : threads) thread.join();
  clock_.Advance(absl::Minutes(1));
  failures_.Stop();
  failures_.Stop();
  EXPECT_EQ(Total(), 2000);
}

TEST_F(AuthenticationFailuresTest, WhatIsLostAtTheEndIsInTheLog) {
  for (int i = 0; i < 70; ++i) failures_.OnFailure({"R", absl::StrCat("c", i), acme_});
  failures_.Stop();
  const auto line = log().WaitFor("failures to authenticate were not written into the audit trail before the end");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->Number("failures"), 10);
}

}  // namespace
}  // namespace signet::core
