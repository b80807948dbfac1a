// The invariants of a key's life, under random sequences of verbs on the keys of one ring.

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "keystore/lifecycle.h"
#include "keystore/record_json.h"
#include "keystore/test_records.h"

namespace signet::keystore {
namespace {

enum class ClockKind { kForward, kJumping };

// RandomRing drives the keys of a ring as the server does: enabling a key supersedes the one that is enabled.
class RandomRing {
 public:
  RandomRing(unsigned seed, ClockKind clock_kind) : random_(seed), clock_kind_(clock_kind) {
    KeyPolicy policy;
    policy.preset = static_cast<Preset>(Draw(1, 4));
    policy_ = Resolve(policy);
    policy_.max_token_ttl = absl::Hours(Draw(1, 48));
  }

  void Step() {
    MoveClock();
    if (keys_.empty() || Draw(0, 9) == 0) AddKey();
    const size_t index = Draw(0, static_cast<int>(keys_.size()) - 1);
    const auto verb = static_cast<KeyVerb>(Draw(0, static_cast<int>(KeyVerb::kDelete)));
    const Force force = Draw(0, 3) == 0 ? Force::kYes : Force::kNo;
    if (verb == KeyVerb::kEnable) {
      Enable(index, force);
    } else if (verb != KeyVerb::kSuperseded) {
      Move(index, verb, force);
    }
    Sign();
    CheckRing();
  }

 private:
  int Draw(int least, int most) { return std::uniform_int_distribution<int>(least, most)(random_); }

  void MoveClock() {
    const int least = clock_kind_ == ClockKind::kForward ? 0 : -600;
    now_ += absl::Minutes(Draw(least, 600));
  }

  void AddKey() {
    KeyRecord key = MakeKey("t1", "r1", static_cast<int>(keys_.size()));
    key.state = KeyState::kPendingGeneration;
    key.publish_time.reset();
    key.create_time = key.update_time = now_;
    keys_.push_back({key, absl::InfinitePast()});
  }

  // All or nothing, as one commit.
  void Enable(size_t index, Force force) {
    const absl::StatusOr<KeyRecord> enabled = Apply(keys_[index].record, KeyVerb::kEnable, force, now_, policy_);
    if (!enabled.ok()) return;
    for (size_t other = 0; other < keys_.size(); ++other) {
      if (other != index && keys_[other].record.state == KeyState::kEnabled) Move(other, KeyVerb::kSuperseded, Force::kNo);
    }
    Move(index, KeyVerb::kEnable, force);
  }

  void Move(size_t index, KeyVerb verb, Force force) {
    Key& key = keys_[index];
    const KeyRecord before = key.record;
    const absl::StatusOr<KeyRecord> after = Apply(before, verb, force, now_, policy_);
    if (!after.ok()) return;
    key.record = *after;
    CheckStep(key, before, force);
  }

  // The enabled key signs a token of the longest life.
  void Sign() {
    for (Key& key : keys_) {
      if (key.record.state == KeyState::kEnabled) {
        key.last_expiry = std::max(key.last_expiry, now_ + policy_.max_token_ttl);
        key.record.usage.token_expiry_bound = key.last_expiry;
      }
    }
  }

  struct Key {
    KeyRecord record;
    absl::Time last_expiry;
  };

  void CheckStep(const Key& key, const KeyRecord& before, Force force) {
    const KeyRecord& after = key.record;
    const std::string step = absl::StrCat(ToJson(before), " -> ", ToJson(after));
    EXPECT_GE(after.update_time, before.update_time) << step;
    if (before.state == KeyState::kRevoked) {
      EXPECT_TRUE(after.state == KeyState::kRevoked || after.state == KeyState::kDestroyed) << step;
    }
    if (before.state == KeyState::kDestroyed) {
      EXPECT_EQ(after, before) << step;
    }
    if (IsPublished(after)) {
      EXPECT_TRUE(after.publish_time) << step;
    }
    if (after.state == KeyState::kEnabled) {
      EXPECT_TRUE(after.enable_time) << step;
    }
    // A key that signed is published until its last token has expired for every verifier, unless it was revoked or forced. If the
    // clock jumped back, the record proves only what it saw.
    if (clock_kind_ == ClockKind::kForward && force == Force::kNo && before.state == KeyState::kDisabled &&
        after.state == KeyState::kDestroyed) {
      EXPECT_GE(now_, key.last_expiry + kClockSkew) << step;
    }
  }

  void CheckRing() {
    int enabled = 0;
    for (const Key& key : keys_) {
      if (key.record.state == KeyState::kEnabled) ++enabled;
    }
    EXPECT_LE(enabled, 1);
  }

  std::mt19937 random_;
  const ClockKind clock_kind_;
  ResolvedPolicy policy_;
  absl::Time now_ = TestTime();
  std::vector<Key> keys_;
};

TEST(LifecycleSequence, RandomVerbsKeepTheInvariants) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    RandomRing ring(seed, ClockKind::kForward);
    for (int step = 0; step < 200; ++step) ring.Step();
    if (HasFailure()) return;
  }
}

TEST(LifecycleSequence, RandomVerbsKeepTheInvariantsWhileTheClockJumps) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    RandomRing ring(seed, ClockKind::kJumping);
    for (int step = 0; step < 200; ++step) ring.Step();
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace signet::keystore
