#include <signal.h>

#include <string>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "server/core/step_observer.h"
#include "tests/crash/crash_test_bench.h"

namespace signet::testing {
namespace {

using client::Client;

CrashTestPrograms* programs;

constexpr char kRing[] = "tenants/dev/keyRings/access-token";
constexpr char kRequestId[] = "the-one-that-crashes";

// StepCrashTest has a ring with a key that signs and one that does not, on a server that will crash at the named step.
class StepCrashTest : public ::testing::Test {
 protected:
  void StartWithTwoKeys() {
    ASSERT_TRUE(bench_.server().Start()) << bench_.server().log();
    const auto client = bench_.server().Connect();
    const auto current = CreateKey(*client, kRing, "first");
    const auto next = CreateKey(*client, kRing, "second");
    ASSERT_TRUE(current.ok() && next.ok()) << current.status() << next.status();
    current_ = current->name();
    next_ = next->name();
    ASSERT_TRUE(EnableKey(*client, current_).ok());
    ASSERT_EQ(bench_.server().Stop(), 0);
  }

  // Starts the server so that it crashes at `step`, has `call` crash it, and starts it anew.
  template <typename Call>
  void CrashAt(absl::string_view step, Call call) {
    ASSERT_TRUE(bench_.server().Start({{"SIGNET_CRASH_AT", std::string(step)}})) << bench_.server().log();
    const auto client = bench_.server().Connect();
    EXPECT_EQ(call(*client).code(), absl::StatusCode::kUnavailable) << "the call was answered before " << step;
    ASSERT_EQ(bench_.server().process().Wait(), -SIGKILL);
    ASSERT_TRUE(bench_.server().Start()) << bench_.server().log();
  }

  CrashTestBench bench_{*programs};
  std::string current_;
  std::string next_;
};

class CreationCrashTest : public StepCrashTest, public ::testing::WithParamInterface<absl::string_view> {};

TEST_P(CreationCrashTest, NoRowLacksItsKeyAndNoKeyItsRowAndTheRequestCanBeRepeated) {
  StartWithTwoKeys();
  CrashAt(GetParam(), [](Client& client) { return CreateKey(client, kRing, kRequestId).status(); });
  bench_.ExpectStoreAndTokenAgree();

  const auto client = bench_.server().Connect();
  const auto repeated = CreateKey(*client, kRing, kRequestId);
  ASSERT_TRUE(repeated.ok()) << repeated.status();
  EXPECT_EQ(repeated->state(), v1::SigningKey::DISABLED);
  const auto again = CreateKey(*client, kRing, kRequestId);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->name(), repeated->name());
  int live = 0;
  for (const auto& [name, row] : bench_.Rows()) {
    if (row.state() == v1::SigningKey::DISABLED || row.state() == v1::SigningKey::ENABLED) ++live;
  }
  EXPECT_EQ(live, 3) << "the request and its repetitions made one key";
  for (const std::string& key : {current_, next_, repeated->name()}) bench_.ExpectSigns(*client, key);
}

INSTANTIATE_TEST_SUITE_P(Steps, CreationCrashTest,
                         ::testing::Values(core::kStepCreateIntended, core::kStepCreateGenerated, core::kStepCreateCommitted));

class DestructionCrashTest : public StepCrashTest, public ::testing::WithParamInterface<absl::string_view> {};

TEST_P(DestructionCrashTest, ARevokedKeyIsGoneFromTheTokenAfterTheRestart) {
  StartWithTwoKeys();
  CrashAt(GetParam(), [this](Client& client) {
    v1::RevokeKeyRequest request;
    request.set_name(next_);
    return client.Call(&v1::KeyService::Stub::RevokeKey, request).status();
  });
  EXPECT_EQ(bench_.Rows()[next_].state(), v1::SigningKey::REVOKED);
  EXPECT_EQ(bench_.CountKeysOfTenants(), (CrashTestBench::Census{1, 0}));
  bench_.ExpectStoreAndTokenAgree();
  bench_.ExpectSigns(*bench_.server().Connect(), current_);
}

TEST_P(DestructionCrashTest, ADeletedKeyIsGoneFromTheTokenAfterTheRestart) {
  StartWithTwoKeys();
  CrashAt(GetParam(), [this](Client& client) {
    v1::DeleteKeyRequest request;
    request.set_name(next_);
    return client.Call(&v1::KeyService::Stub::DeleteKey, request).status();
  });
  EXPECT_EQ(bench_.Rows()[next_].state(), v1::SigningKey::DESTROYED);
  EXPECT_EQ(bench_.CountKeysOfTenants(), (CrashTestBench::Census{1, 0}));
  bench_.ExpectStoreAndTokenAgree();
  bench_.ExpectSigns(*bench_.server().Connect(), current_);
}

INSTANTIATE_TEST_SUITE_P(Steps, DestructionCrashTest,
                         ::testing::Values(core::kStepDestroyCommitted, core::kStepDestroyDone, core::kStepDestroyConfirmed));

}  // namespace
}  // namespace signet::testing

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  signet::testing::programs = new signet::testing::CrashTestPrograms{argv[1], argv[2]};
  return RUN_ALL_TESTS();
}
