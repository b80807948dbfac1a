#include <cstdio>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "gtest/gtest.h"
#include "tests/crash/crash_test_bench.h"

namespace signet::testing {
namespace {

using client::Client;

CrashTestPrograms* programs;
int kills = 0;

constexpr int kCallers = 3;
// The most that a ring can be allowed.
constexpr int kKeysPerRing = 10;

// Acknowledged counts the keys that callers were told of.
class Acknowledged {
 public:
  void BeginRound() {
    MutexLock lock(mutex_);
    in_round_ = 0;
    running_ = kCallers;
  }
  void Add(const std::string& key_name) {
    MutexLock lock(mutex_);
    names_.insert(key_name);
    ++in_round_;
    changed_.NotifyAll();
  }
  void CallerEnded() {
    MutexLock lock(mutex_);
    --running_;
    changed_.NotifyAll();
  }
  // Waits for the `count`th key of the round, or the end of all callers, and then for `moment`.
  void WaitFor(int count, absl::Duration moment) {
    MutexLock lock(mutex_);
    while (in_round_ < count && running_ > 0) changed_.Wait(mutex_);
    const absl::Time end = absl::Now() + moment;
    while (absl::Now() < end) changed_.WaitFor(mutex_, end - absl::Now());
  }
  std::set<std::string> names() {
    MutexLock lock(mutex_);
    return names_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::set<std::string> names_ ABSL_GUARDED_BY(mutex_);
  int in_round_ ABSL_GUARDED_BY(mutex_) = 0;
  int running_ ABSL_GUARDED_BY(mutex_) = 0;
};

// Caller creates, enables and uses keys until the server dies. What it was not told of it asks for again in the next round, with
// the same request_id.
class Caller {
 public:
  Caller(int number, Acknowledged& acknowledged) : number_(number), acknowledged_(acknowledged) {}

  // Runs against a server that has just been started.
  void Run(DevServer& server, int round) {
    const auto client = server.Connect();
    const std::string pending = pending_ring_;
    if (!pending.empty() && !Create(*client, pending)) return;
    const std::string id = absl::StrCat("r", round, "-", number_);
    v1::CreateKeyRingRequest request;
    request.set_parent("tenants/dev");
    request.set_key_ring_id(id);
    request.mutable_key_ring()->mutable_policy()->set_max_keys(kKeysPerRing);
    // Keys that the scheduler made while they are counted would be counted on one side only.
    request.mutable_key_ring()->mutable_policy()->set_keep_next(false);
    if (!client->Call(&v1::KeyService::Stub::CreateKeyRing, request).ok()) return;
    const std::string ring = absl::StrCat("tenants/dev/keyRings/", id);
    for (int i = 0; i < kKeysPerRing; ++i) {
      if (!Create(*client, ring)) return;
    }
  }

  // What went wrong for another reason than that the server was killed.
  const std::vector<absl::Status>& surprises() const { return surprises_; }

 private:
  // Returns false once the server does not answer.
  bool Create(Client& client, const std::string& ring) {
    if (pending_ring_.empty()) pending_request_ = client.NewRequestId();
    pending_ring_ = ring;
    const auto key = CreateKey(client, ring, pending_request_);
    if (!Answered(key.status())) return false;
    pending_ring_.clear();
    acknowledged_.Add(key->name());
    if (!Answered(EnableKey(client, key->name()).status())) return false;
    return Answered(SignToken(client, ring).status());
  }
  bool Answered(const absl::Status& status) {
    if (!status.ok() && !absl::IsUnavailable(status)) surprises_.push_back(status);
    return status.ok();
  }

  const int number_;
  Acknowledged& acknowledged_;
  std::string pending_ring_;
  std::string pending_request_;
  std::vector<absl::Status> surprises_;
};

TEST(RandomCrashTest, EveryAcknowledgedKeySignsAfterKillsAtRandomMomentsOfCreations) {
  CrashTestBench bench(*programs);
  std::minstd_rand random(std::random_device{}());
  Acknowledged acknowledged;
  std::vector<Caller> callers;
  callers.reserve(kCallers);
  for (int i = 0; i < kCallers; ++i) callers.emplace_back(i, acknowledged);

  for (int round = 0; round < kills; ++round) {
    ASSERT_TRUE(bench.server().Start()) << bench.server().log();
    acknowledged.BeginRound();
    std::vector<std::thread> threads;
    threads.reserve(kCallers);
    for (Caller& caller : callers) {
      threads.emplace_back([&, round] {
        caller.Run(bench.server(), round);
        acknowledged.CallerEnded();
      });
    }
    const int count = std::uniform_int_distribution<int>(0, 8)(random);
    acknowledged.WaitFor(count, absl::Microseconds(std::uniform_int_distribution<int>(0, 20'000)(random)));
    bench.server().Kill();
    for (std::thread& thread : threads) thread.join();
  }

  ASSERT_TRUE(bench.server().Start()) << bench.server().log();
  for (const Caller& caller : callers) {
    for (const absl::Status& surprise : caller.surprises()) ADD_FAILURE() << surprise;
  }
  bench.ExpectStoreAndTokenAgree();
  const std::map<std::string, v1::SigningKey> rows = bench.Rows();
  const auto client = bench.server().Connect();
  for (const std::string& name : acknowledged.names()) EXPECT_TRUE(rows.count(name)) << name << " was acknowledged and is lost";
  int signing = 0;
  for (const auto& [name, row] : rows) {
    if (row.state() != v1::SigningKey::DISABLED && row.state() != v1::SigningKey::ENABLED) continue;
    bench.ExpectSigns(*client, name);
    ++signing;
  }
  std::printf("%d kills; %zu keys acknowledged, %d live, all sign\n", kills, acknowledged.names().size(), signing);
}

}  // namespace
}  // namespace signet::testing

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  signet::testing::programs = new signet::testing::CrashTestPrograms{argv[1], argv[2]};
  if (!absl::SimpleAtoi(argv[3], &signet::testing::kills)) return 2;
  return RUN_ALL_TESTS();
}
