// Eight clients rotate one ring at once, again and again, and lose answers: what comes of it is what one client would have made of
// it.

#include <algorithm>
#include <barrier>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/mutex.h"
#include "keystore/lifecycle.h"
#include "keystore/rotation_plan.h"
#include "tests/integration/lossy_key_store.h"
#include "tests/integration/rpc_test.h"

namespace signet::testing {
namespace {

using keystore::KeyRole;

constexpr int kClients = 8;
// More tries than any client needs that waits for another's rotation, which takes milliseconds.
constexpr int kMostTries = 20'000;

constexpr int kTriesBeforeHelp = 100;

// What a client saw of a round.
struct Answers {
  // Of answers that were not final.
  std::set<std::string> intermediate;
  // The final one; 0 if there was none.
  int64_t number = 0;
  bool replayed = false;
  int tries = 0;
};

class Client {
 public:
  Client(const TestServer& server, int id) : id_(id), random_(static_cast<uint64_t>(id)), stub_(KeyStub(server.Connect())) {}

  // Rotates `ring`, and repeats that with the same request_id until an answer arrives. Some come too late, and some are lost.
  // Calls `help` now and then if none does.
  Answers Rotate(const std::string& ring, int round, const std::function<void()>& help) {
    v1::RotateKeysRequest request;
    request.set_name(ring);
    request.set_request_id(absl::StrCat(round, "-", id_));
    Answers answers;
    while (++answers.tries < kMostTries) {
      CallOptions options;
      if (random_() % 4 == 0) options.timeout = std::chrono::microseconds(random_() % 3000);
      const auto reply = Call(stub_, &KeyStub::RotateKeys, request, options);
      if (reply.status.ok() && random_() % 4 != 0) {
        answers.number = reply->rotation().number();
        answers.replayed = reply->replayed();
        return answers;
      }
      if (!reply.status.ok()) answers.intermediate.insert(reply.outcome());
      if (answers.tries % kTriesBeforeHelp == 0) help();
      std::this_thread::yield();
    }
    return answers;
  }

 private:
  const int id_;
  std::mt19937_64 random_;
  KeyStub stub_;
};

// The keys of a ring by their roles.
struct Roles {
  std::vector<std::string> current;
  std::vector<std::string> next;
  std::vector<std::string> previous;
  friend bool operator==(const Roles&, const Roles&) = default;
};

TestServerOptions WithLossyStore(LossyKeyStore** store) {
  TestServerOptions options;
  options.backend = Backend::kSqlite;
  options.admin_workers = kClients;
  options.wrap_store = [store](std::unique_ptr<keystore::KeyStore> inner) {
    auto lossy = std::make_unique<LossyKeyStore>(std::move(inner));
    *store = lossy.get();
    return lossy;
  };
  return options;
}

// Comes before RpcTest, whose constructor makes the store.
struct StoreOfTest {
  LossyKeyStore* store_ = nullptr;
};

class ConcurrentRotationTest : protected StoreOfTest, public RpcTest {
 protected:
  ConcurrentRotationTest() : RpcTest(WithLossyStore(&store_)) {
    for (int i = 0; i < kClients; ++i) clients_.push_back(std::make_unique<Client>(server_, i));
  }

  // A ring of `policy` with a key that signs, on which every call can rotate that is not the repetition of another.
  void MakeRingWith(const std::string& policy) {
    const auto request = FromText<v1::CreateKeyRingRequest>(
        absl::StrCat("parent: '", kTenant, "' key_ring_id: 'ring' key_ring { policy { ", policy, " automatic: false } }"));
    ASSERT_EQ(Call(&KeyStub::CreateKeyRing, request).outcome(), "OK");
    MakeEnabledKey(ring_);
    ASSERT_TRUE(server_.scheduler().RunPass().ok());
    NextRound();
  }

  // Ends the idempotency window; and verifiers know the NEXT key.
  void NextRound() { server_.clock().Advance(maintained_ ? absl::Hours(25) : absl::Minutes(11)); }

  // What the scheduler does of itself some minutes later, within the idempotency window.
  void MaintainLater() {
    MutexLock lock(maintenance_);
    if (!maintained_) return;
    server_.clock().Advance(keystore::kLongestGeneration);
    EXPECT_TRUE(server_.scheduler().RunPass().ok());
  }

  // All clients at once.
  std::vector<Answers> RotateAtOnce(int round) {
    std::vector<Answers> answers(kClients);
    std::barrier start(kClients);
    std::vector<std::thread> threads;
    for (size_t i = 0; i < kClients; ++i) {
      threads.emplace_back([&, i] {
        start.arrive_and_wait();
        answers[i] = clients_[i]->Rotate(ring_, round, [this] { MaintainLater(); });
      });
    }
    for (std::thread& thread : threads) thread.join();
    if (!maintained_) AwaitWhatIsUnderWay();
    return answers;
  }

  // A call whose client has gone goes on: until it has generated and destroyed what it has to.
  void AwaitWhatIsUnderWay() {
    while (true) {
      const auto keys = server_.store().ListKeys(keystore::TenantId("acme"), keystore::RingId("ring"),
                                                 keystore::KeyStore::Tombstones::kShow, {tombstones_, 1000});
      ASSERT_TRUE(keys.ok());
      const auto unfinished = [](const keystore::KeyRecord& key) {
        return key.state == keystore::KeyState::kPendingGeneration || (!keystore::IsLive(key) && key.in_hsm);
      };
      if (std::none_of(keys->begin(), keys->end(), unfinished)) {
        // Old tombstones are not looked at again.
        if (keys->size() > 8) tombstones_ = absl::StrCat((*keys)[keys->size() - 6].create_revision);
        return;
      }
      std::this_thread::yield();
    }
  }

  // What has been done since the last call; the notes that a request was a repetition change nothing and do not count.
  std::vector<std::string> NewHistory() {
    std::vector<std::string> actions;
    while (true) {
      const auto events = server_.store().ListEvents({}, {position_, 1000});
      if (!events.ok() || events->empty()) return actions;
      for (const keystore::Event& event : *events) {
        if (event.before != event.after) actions.push_back(event.action);
      }
      position_ = absl::StrCat(events->back().sequence);
    }
  }

  Roles ReadRoles() {
    Roles roles;
    const auto keys = server_.store().ListKeys(keystore::TenantId("acme"), keystore::RingId("ring"),
                                               keystore::KeyStore::Tombstones::kHide, {"", 1000});
    EXPECT_TRUE(keys.ok());
    for (const keystore::KeyRecord& key : *keys) {
      if (!keystore::IsPublished(key)) continue;
      const KeyRole role = keystore::RoleOf(key);
      auto& kids = role == KeyRole::kCurrent ? roles.current : role == KeyRole::kNext ? roles.next : roles.previous;
      kids.push_back(key.kid.value());
    }
    return roles;
  }

  keystore::Rotation LastRotation() {
    const auto ring = server_.store().GetRing(keystore::TenantId("acme"), keystore::RingId("ring"));
    return (*ring)->rotation.value_or(keystore::Rotation());
  }

  // What must hold after a round in which the ring's rotation `number` happened.
  void ExpectOneRotation(int64_t number, const std::vector<Answers>& answers, const std::set<std::string>& allowed) {
    int rotated = 0;
    for (const Answers& answer : answers) {
      EXPECT_EQ(answer.number, number) << answer.tries << " tries";
      rotated += answer.replayed ? 0 : 1;
      for (const std::string& outcome : answer.intermediate) EXPECT_TRUE(allowed.contains(outcome)) << outcome;
    }
    // None if that was the answer that was lost.
    EXPECT_LE(rotated, 1);
    EXPECT_EQ(LastRotation().number, number);
    EXPECT_TRUE(LastRotation().activation_time.has_value());
  }

  // The roles move on as they do in one rotation, from `before`.
  void ExpectRolesMovedOnce(const Roles& before, const Roles& after) {
    EXPECT_EQ(after.current.size(), 1u);
    EXPECT_EQ(after.previous, before.current);
    EXPECT_EQ(after.next.size(), before.next.size());
    if (before.next.empty()) return;
    EXPECT_EQ(after.current, before.next);
    EXPECT_NE(after.next, before.next);
  }

  // A history in which private keys are destroyed last: whoever made room does it while others already go on.
  static std::vector<std::string> Ordered(std::vector<std::string> actions) {
    std::stable_partition(actions.begin(), actions.end(),
                          [](const std::string& action) { return action != "PrivateKeyDestroyed"; });
    return actions;
  }

  // `rounds` times; the first one by one client alone, to see what a single rotator leaves.
  void RunRounds(int rounds, bool same_history, const std::set<std::string>& allowed) {
    std::vector<std::string> single;
    for (int warm_up = 1; warm_up <= 2; ++warm_up) {
      NewHistory();
      ASSERT_EQ(clients_[0]->Rotate(ring_, -warm_up, [] {}).number, warm_up);
      single = NewHistory();
      NextRound();
    }
    for (int round = 3; round <= rounds && !HasFailure(); ++round) {
      const Roles before = ReadRoles();
      const std::vector<Answers> answers = RotateAtOnce(round);
      SCOPED_TRACE(absl::StrCat("round ", round));
      ExpectOneRotation(round, answers, allowed);
      if (same_history) {
        EXPECT_EQ(Ordered(NewHistory()), Ordered(single));
      }
      ExpectRolesMovedOnce(before, ReadRoles());
      NextRound();
    }
  }

  const std::string ring_ = absl::StrCat(kTenant, "/keyRings/ring");
  std::vector<std::unique_ptr<Client>> clients_;
  // Whether the scheduler runs beside the clients.
  bool maintained_ = false;
  Mutex maintenance_;
  // How far events have been read, and keys that will not change again.
  std::string position_;
  std::string tombstones_;
};

// What a client may hear before its final answer: of another that is at work, and of its own deadline.
const std::set<std::string>& BusyOrLate() {
  static const auto* const outcomes = new std::set<std::string>{"ABORTED ROTATION_LOCKED", "ABORTED CONCURRENT_CHANGE",
                                                                "DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED DEADLINE_PASSED"};
  return *outcomes;
}

TEST_F(ConcurrentRotationTest, ARoundOfRotationsOfARingWithItsNextKeyIsOneRotation) {
  MakeRingWith("preset: STANDARD");
  RunRounds(1000, true, BusyOrLate());
}

TEST_F(ConcurrentRotationTest, ARoundOfRotationsOfARingThatMakesItsNextKeyFirstIsOneRotation) {
  MakeRingWith("preset: SAP_EDGE");
  RunRounds(250, true, BusyOrLate());
}

TEST_F(ConcurrentRotationTest, ARoundIsOneRotationEvenIfTheStoreLosesAnswersAfterCommits) {
  // What an answer that was lost leaves half done, the scheduler ends.
  maintained_ = true;
  MakeRingWith("preset: SAP_EDGE idempotency_window { seconds: 86400 } retirement_delay { seconds: 172800 }");
  store_->LoseOneIn(10);
  std::set<std::string> allowed = BusyOrLate();
  allowed.insert("UNAVAILABLE STORE_UNAVAILABLE");
  RunRounds(100, false, allowed);
  EXPECT_GT(store_->lost(), 10);
}

}  // namespace
}  // namespace signet::testing
