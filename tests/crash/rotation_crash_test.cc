#include <signal.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "server/core/step_observer.h"
#include "tests/crash/crash_test_bench.h"

namespace signet::testing {
namespace {

using client::Client;
using v1::SigningKey;

CrashTestPrograms* programs;

constexpr char kRequestId[] = "the-rotation-that-crashes";
// By then the scheduler has made many passes.
constexpr absl::Duration kPatience = absl::Seconds(30);

absl::StatusOr<v1::RotateKeysResponse> Rotate(Client& client, const std::string& ring, bool purge) {
  v1::RotateKeysRequest request;
  request.set_name(ring);
  request.set_purge(purge);
  request.set_request_id(kRequestId);
  return client.Call(&v1::KeyService::Stub::RotateKeys, request);
}

// RotationCrashTest has a ring with a key that signs, on a server that will crash at the named step of its rotation.
class RotationCrashTest : public ::testing::TestWithParam<absl::string_view> {
 protected:
  // Makes a ring of that policy whose first key signs; its NEXT key is there if the policy keeps one. Starts the server so that it
  // crashes at the step.
  void StartWithRing(const v1::KeyPolicy& policy) {
    ASSERT_TRUE(bench_.server().Start()) << bench_.server().log();
    const auto client = bench_.server().Connect();
    v1::CreateKeyRingRequest create;
    create.set_parent("tenants/dev");
    create.set_key_ring_id("rotating");
    *create.mutable_key_ring()->mutable_policy() = policy;
    const auto ring = client->Call(&v1::KeyService::Stub::CreateKeyRing, create);
    ASSERT_TRUE(ring.ok()) << ring.status();
    const auto first = CreateKey(*client, kRing, "first");
    ASSERT_TRUE(first.ok()) << first.status();
    first_ = first->name();
    // Before the first is enabled, so that the scheduler makes none.
    if (ring->effective_policy().keep_next()) {
      const auto second = CreateKey(*client, kRing, "second");
      ASSERT_TRUE(second.ok()) << second.status();
      second_ = second->name();
    }
    const auto enabled = EnableKey(*client, first_);
    ASSERT_TRUE(enabled.ok()) << enabled.status();
    // So that it is kept when it is superseded.
    const auto token = SignToken(*client, kRing);
    ASSERT_TRUE(token.ok()) << token.status();
    ASSERT_EQ(bench_.server().Stop(), 0);
    bench_.EndLease();
    ASSERT_TRUE(bench_.server().Start({{"SIGNET_CRASH_AT", std::string(GetParam())}})) << bench_.server().log();
  }

  // Has a rotation crash the server, and starts it anew.
  void CrashRotation(bool purge = false) {
    {
      const auto client = bench_.server().Connect();
      const auto rotation = Rotate(*client, kRing, purge);
      EXPECT_EQ(rotation.status().code(), absl::StatusCode::kUnavailable) << "the call was answered before " << GetParam();
    }
    RestartAfterCrash();
  }
  void RestartAfterCrash() {
    ASSERT_EQ(bench_.server().process().Wait(), -SIGKILL);
    bench_.EndLease();
    ASSERT_TRUE(bench_.server().Start()) << bench_.server().log();
  }

  std::vector<std::string> KeysInRole(SigningKey::Role role) {
    std::vector<std::string> names;
    for (const auto& [name, row] : bench_.Rows()) {
      if (RingOf(name) == kRing && row.role() == role) names.push_back(name);
    }
    return names;
  }

  // Waits until `count` keys are in the role.
  void WaitForKeysInRole(SigningKey::Role role, size_t count) {
    const absl::Time end = absl::Now() + kPatience;
    while (KeysInRole(role).size() != count && absl::Now() < end) absl::SleepFor(absl::Milliseconds(50));
    EXPECT_EQ(KeysInRole(role).size(), count) << SigningKey::Role_Name(role);
  }

  // Repeats the request twice: it may have rotated nothing before the crash, but then it rotates once. Returns the rotation.
  v1::Rotation RepeatRotation(bool purge = false) {
    const auto repeated = Rotate(*bench_.server().Connect(), kRing, purge);
    EXPECT_TRUE(repeated.ok()) << repeated.status();
    if (!repeated.ok()) return {};
    EXPECT_EQ(repeated->replayed(), WasCommitted()) << GetParam();
    EXPECT_EQ(repeated->rotation().number(), 1);
    v1::Rotation again = RepeatRotationThatIsDone(purge);
    EXPECT_EQ(again.current(), repeated->rotation().current());
    return again;
  }
  // Repeats a request that has rotated before.
  v1::Rotation RepeatRotationThatIsDone(bool purge = false) {
    const auto repeated = Rotate(*bench_.server().Connect(), kRing, purge);
    EXPECT_TRUE(repeated.ok()) << repeated.status();
    if (!repeated.ok()) return {};
    EXPECT_TRUE(repeated->replayed());
    EXPECT_EQ(repeated->rotation().number(), 1);
    return repeated->rotation();
  }

  // Whether the step lies behind the commit of the rotation itself.
  virtual bool WasCommitted() const = 0;

  static constexpr char kRing[] = "tenants/dev/keyRings/rotating";
  CrashTestBench bench_{*programs};
  std::string first_;
  // Empty if the policy keeps no NEXT key.
  std::string second_;
};

// The name of the step, for that of the test.
std::string NameOfStep(const ::testing::TestParamInfo<absl::string_view>& info) {
  return absl::StrReplaceAll(info.param, {{".", "_"}});
}

v1::KeyPolicy WithNextKey() {
  v1::KeyPolicy policy;
  policy.set_preset(v1::KeyPolicy::STANDARD);
  policy.mutable_activation_delay();
  // Only its request_id makes a rotation the same one.
  policy.mutable_idempotency_window();
  return policy;
}

v1::KeyPolicy WithoutNextKey(int activation_delay_seconds) {
  v1::KeyPolicy policy;
  policy.set_preset(v1::KeyPolicy::SAP_BTP);
  policy.mutable_activation_delay()->set_seconds(activation_delay_seconds);
  policy.mutable_idempotency_window();
  return policy;
}

// The NEXT key is there: the rotation is committed first, and another NEXT key made after it.
class PreparedRotationCrashTest : public RotationCrashTest {
 protected:
  bool WasCommitted() const override { return true; }
};

TEST_P(PreparedRotationCrashTest, RotatesOnceAndTheRingHasItsCurrentAndItsNextKey) {
  StartWithRing(WithNextKey());
  CrashRotation();
  WaitForKeysInRole(SigningKey::NEXT, 1);
  EXPECT_EQ(RepeatRotation().superseded(), first_);
  EXPECT_EQ(KeysInRole(SigningKey::CURRENT), std::vector<std::string>{second_});
  EXPECT_EQ(KeysInRole(SigningKey::PREVIOUS), std::vector<std::string>{first_});
  EXPECT_EQ(KeysInRole(SigningKey::NEXT).size(), 1u);
  bench_.ExpectStoreAndTokenAgree();
  bench_.ExpectSigns(*bench_.server().Connect(), second_);
}

INSTANTIATE_TEST_SUITE_P(Steps, PreparedRotationCrashTest,
                         ::testing::Values(core::kStepRotateCommitted, core::kStepRotateCleared, core::kStepCreateIntended,
                                           core::kStepCreateGenerated, core::kStepCreateCommitted, core::kStepRotateNextMade),
                         NameOfStep);

class PurgeCrashTest : public PreparedRotationCrashTest {};

TEST_P(PurgeCrashTest, RevokesOnceAndNoRevokedKeyIsLeftOnTheToken) {
  StartWithRing(WithNextKey());
  CrashRotation(/*purge=*/true);
  WaitForKeysInRole(SigningKey::NEXT, 1);
  EXPECT_TRUE(RepeatRotation(/*purge=*/true).purge());
  EXPECT_EQ(KeysInRole(SigningKey::CURRENT), std::vector<std::string>{second_});
  EXPECT_EQ(KeysInRole(SigningKey::PREVIOUS), std::vector<std::string>());
  EXPECT_EQ(KeysInRole(SigningKey::NEXT).size(), 1u);
  EXPECT_EQ(bench_.Rows()[first_].state(), SigningKey::REVOKED);
  EXPECT_EQ(bench_.CountKeysOfTenants(), (CrashTestBench::Census{2, 0}));
  bench_.ExpectStoreAndTokenAgree();
  bench_.ExpectSigns(*bench_.server().Connect(), second_);
}

INSTANTIATE_TEST_SUITE_P(Steps, PurgeCrashTest,
                         ::testing::Values(core::kStepRotateCommitted, core::kStepDestroyCommitted, core::kStepDestroyDone,
                                           core::kStepDestroyConfirmed, core::kStepRotateCleared, core::kStepRotateNextMade),
                         NameOfStep);

// No NEXT key is there: it is made before anything is rotated.
class UnpreparedRotationCrashTest : public RotationCrashTest {
 protected:
  bool WasCommitted() const override { return GetParam() == core::kStepRotateCommitted || GetParam() == core::kStepRotateCleared; }
};

TEST_P(UnpreparedRotationCrashTest, RotatesOnceAndTheRingHasItsCurrentKeyAlone) {
  StartWithRing(WithoutNextKey(0));
  CrashRotation();
  const std::string current = RepeatRotation().current();
  EXPECT_EQ(KeysInRole(SigningKey::CURRENT), std::vector<std::string>{current});
  EXPECT_EQ(KeysInRole(SigningKey::PREVIOUS), std::vector<std::string>{first_});
  EXPECT_EQ(KeysInRole(SigningKey::NEXT), std::vector<std::string>());
  bench_.ExpectStoreAndTokenAgree();
  bench_.ExpectSigns(*bench_.server().Connect(), current);
}

INSTANTIATE_TEST_SUITE_P(Steps, UnpreparedRotationCrashTest,
                         ::testing::Values(core::kStepCreateIntended, core::kStepCreateGenerated, core::kStepCreateCommitted,
                                           core::kStepRotateSupplied, core::kStepRotateCommitted, core::kStepRotateCleared),
                         NameOfStep);

// The new key has to wait: the commit says that the rotation is under way, and the scheduler ends it.
class WaitingRotationCrashTest : public UnpreparedRotationCrashTest {};

TEST_P(WaitingRotationCrashTest, IsEndedByTheSchedulerAndIsTheSameRotationBeforeAndAfter) {
  StartWithRing(WithoutNextKey(2));
  CrashRotation();
  const std::string current = RepeatRotation().current();
  WaitForKeysInRole(SigningKey::PREVIOUS, 1);
  EXPECT_EQ(KeysInRole(SigningKey::CURRENT), std::vector<std::string>{current});
  EXPECT_EQ(KeysInRole(SigningKey::PREVIOUS), std::vector<std::string>{first_});
  EXPECT_EQ(KeysInRole(SigningKey::NEXT), std::vector<std::string>());
  EXPECT_TRUE(RepeatRotationThatIsDone().has_activation_time());
  bench_.ExpectStoreAndTokenAgree();
}

INSTANTIATE_TEST_SUITE_P(Steps, WaitingRotationCrashTest, ::testing::Values(core::kStepRotateSupplied, core::kStepRotateCommitted),
                         NameOfStep);

// The scheduler is at work when the server crashes.
class AutomaticRotationCrashTest : public RotationCrashTest {
 protected:
  bool WasCommitted() const override { return false; }
};

TEST_P(AutomaticRotationCrashTest, IsEndedOnceByTheNextServersScheduler) {
  StartWithRing(WithoutNextKey(0));
  v1::UpdateKeyRingRequest update;
  update.mutable_key_ring()->set_name(kRing);
  update.mutable_key_ring()->mutable_policy()->set_automatic(true);
  update.mutable_update_mask()->add_paths("policy.automatic");
  // The crash may come before the reply.
  (void)bench_.server().Connect()->Call(&v1::KeyService::Stub::UpdateKeyRing, update);
  RestartAfterCrash();
  WaitForKeysInRole(SigningKey::PREVIOUS, 1);
  EXPECT_EQ(KeysInRole(SigningKey::PREVIOUS), std::vector<std::string>{first_});
  EXPECT_EQ(KeysInRole(SigningKey::NEXT), std::vector<std::string>());
  const auto client = bench_.server().Connect();
  v1::GetKeyRingRequest get;
  get.set_name(kRing);
  const auto ring = client->Call(&v1::KeyService::Stub::GetKeyRing, get);
  ASSERT_TRUE(ring.ok()) << ring.status();
  EXPECT_EQ(ring->rotation().number(), 1);
  EXPECT_EQ(KeysInRole(SigningKey::CURRENT), std::vector<std::string>{ring->rotation().current()});
  bench_.ExpectStoreAndTokenAgree();
  bench_.ExpectSigns(*bench_.server().Connect(), ring->rotation().current());
}

INSTANTIATE_TEST_SUITE_P(Steps, AutomaticRotationCrashTest,
                         ::testing::Values(core::kStepCreateIntended, core::kStepCreateGenerated, core::kStepCreateCommitted,
                                           core::kStepRotateCommitted, core::kStepRotateCleared),
                         NameOfStep);

}  // namespace
}  // namespace signet::testing

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  signet::testing::programs = new signet::testing::CrashTestPrograms{argv[1], argv[2]};
  return RUN_ALL_TESTS();
}
