// A token that goes away and comes back, under load, on the real binary: the folder of a SoftHSM token, and a remote module whose
// server is killed, restarted and stopped.
#include <signal.h>

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "base/mutex.h"
#include "gtest/gtest.h"
#include "tests/e2e/dev_server.h"
#include "tests/e2e/remote_token.h"

namespace signet::testing {
namespace {

std::string* signetd_path;

// Load signs and verifies without pause, and asks for the JWKS.
class Load {
 public:
  explicit Load(DevServer& server) : server_(server) {
    for (int i = 0; i < 2; ++i) threads_.emplace_back([this] { Sign(); });
    threads_.emplace_back([this] { AskForJwks(); });
  }
  ~Load() { Stop(); }

  void Stop() {
    {
      MutexLock lock(mutex_);
      stopping_ = true;
    }
    stop_.NotifyAll();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  // Each waits for further ones, and fails the test after a minute: tokens that were signed, a signature that was refused as the
  // token is away, answers with the JWKS.
  void AwaitTokens() { EXPECT_TRUE(AwaitMore(good_, 20)) << "nothing is signed any more"; }
  void AwaitLoss() { EXPECT_TRUE(AwaitMore(lost_, 1)) << "nobody noticed"; }
  void AwaitJwks() { EXPECT_TRUE(AwaitMore(jwks_, 100)) << "nobody gets the JWKS any more"; }

 private:
  // A number that only grows.
  struct Count {
    Mutex mutex;
    CondVar changed;
    int value ABSL_GUARDED_BY(mutex) = 0;
  };
  static void Add(Count& count) {
    MutexLock lock(count.mutex);
    ++count.value;
    count.changed.NotifyAll();
  }
  static bool AwaitMore(Count& count, int more) {
    const absl::Time end = absl::Now() + absl::Minutes(1);
    MutexLock lock(count.mutex);
    const int goal = count.value + more;
    while (count.value < goal && absl::Now() < end) count.changed.WaitFor(count.mutex, end - absl::Now());
    return count.value >= goal;
  }

  // Whether to go on, after a while.
  bool GoesOn(absl::Duration pause = absl::ZeroDuration()) {
    MutexLock lock(mutex_);
    if (!stopping_ && pause > absl::ZeroDuration()) stop_.WaitFor(mutex_, pause);
    return !stopping_;
  }
  void Sign() {
    const auto client = server_.Connect();
    v1::SignTokenRequest sign;
    sign.set_key_ring("tenants/dev/keyRings/access-token");
    sign.set_claims_json(R"({"sub":"x"})");
    while (GoesOn()) {
      const auto signed_token = client->Call(&v1::KeyService::Stub::SignToken, sign);
      if (!signed_token.ok()) {
        Add(lost_);
        // A caller may try again after each of these.
        EXPECT_TRUE(absl::IsUnavailable(signed_token.status()) || absl::IsDeadlineExceeded(signed_token.status()))
            << signed_token.status();
        continue;
      }
      v1::VerifyTokenRequest verify;
      verify.set_parent("tenants/dev");
      verify.set_token(signed_token->token());
      absl::Status verified;
      do {
        verified = client->Call(&v1::KeyService::Stub::VerifyToken, verify).status();
        // It has a quota, which signatures with WRAPPED keys outrun.
      } while (absl::IsResourceExhausted(verified) && GoesOn(absl::Milliseconds(20)));
      if (absl::IsResourceExhausted(verified)) return;
      EXPECT_TRUE(verified.ok()) << verified;
      Add(good_);
    }
  }
  void AskForJwks() {
    const auto client = server_.Connect();
    v1::GetJwksRequest request;
    request.set_parent("tenants/dev");
    while (GoesOn(absl::Milliseconds(10))) {
      const auto reply = client->Call(&v1::KeyService::Stub::GetJwks, request);
      EXPECT_TRUE(reply.ok()) << reply.status();
      Add(jwks_);
    }
  }

  DevServer& server_;
  Mutex mutex_;
  CondVar stop_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  Count good_;
  Count lost_;
  Count jwks_;
  std::vector<std::thread> threads_;
};

// LostTokenTest has keys of each protection.
class LostTokenTest : public ::testing::TestWithParam<v1::KeyRing::Protection> {};

void RotateForTheFirstKey(DevServer& server, v1::KeyRing::Protection protection) {
  v1::UpdateKeyRingRequest update;
  update.mutable_key_ring()->set_name("tenants/dev/keyRings/access-token");
  update.mutable_key_ring()->set_protection(protection);
  const auto updated = server.Connect()->Call(&v1::KeyService::Stub::UpdateKeyRing, update);
  ASSERT_TRUE(updated.ok()) << updated.status();
  v1::RotateKeysRequest rotate;
  rotate.set_name("tenants/dev/keyRings/access-token");
  const auto rotated = server.Connect()->Call(&v1::KeyService::Stub::RotateKeys, rotate);
  ASSERT_TRUE(rotated.ok()) << rotated.status();
}

TEST_P(LostTokenTest, AFolderThatIsAwayForAWhileCostsTheSignaturesOfThatWhileAndNoMore) {
  TestFolder folder;
  DevServer server(*signetd_path, folder);
  ASSERT_TRUE(server.Start()) << server.log();
  RotateForTheFirstKey(server, GetParam());
  const std::string tokens = server.data_dir() + "/tokens";
  Load load(server);
  load.AwaitTokens();
  for (int i = 0; i < 3; ++i) {
    std::filesystem::rename(tokens, tokens + ".away");
    load.AwaitLoss();
    load.AwaitJwks();
    std::filesystem::rename(tokens + ".away", tokens);
    load.AwaitTokens();
  }
  load.Stop();
  EXPECT_EQ(server.Stop(), 0) << server.log();
}

INSTANTIATE_TEST_SUITE_P(Protections, LostTokenTest, ::testing::Values(v1::KeyRing::TOKEN, v1::KeyRing::WRAPPED),
                         [](const auto& protection) { return v1::KeyRing::Protection_Name(protection.param); });

TEST(LostRemoteTokenTest, ARemoteModuleWhoseServerIsKilledOrStoppedIsWaitedForByNobody) {
  TestFolder folder;
  DevServer server(*signetd_path, folder);
  ASSERT_TRUE(server.Start()) << server.log();
  RotateForTheFirstKey(server, v1::KeyRing::TOKEN);
  ASSERT_EQ(server.Stop(), 0);
  RemoteToken remote(server, folder);
  remote.Start();
  ASSERT_TRUE(server.Start(remote.environment())) << server.log();
  Load load(server);
  load.AwaitTokens();
  for (int i = 0; i < 3; ++i) {
    remote.Kill();
    load.AwaitLoss();
    remote.Start();
    load.AwaitTokens();
  }
  remote.Signal(SIGSTOP);
  load.AwaitJwks();
  remote.Signal(SIGCONT);
  load.AwaitTokens();
  load.Stop();
  EXPECT_EQ(server.Stop(), 0) << server.log();
}

// p11-kit 0.24 passes on only those mechanisms whose parameters it knows, and AES key wrap is none of them.
TEST(LostRemoteTokenTest, ARemoteModuleThatPassesOnNoKeyWrapIsRefusedWrappedRings) {
  TestFolder folder;
  DevServer server(*signetd_path, folder);
  ASSERT_TRUE(server.Start()) << server.log();
  ASSERT_EQ(server.Stop(), 0);
  RemoteToken remote(server, folder);
  remote.Start();
  ASSERT_TRUE(server.Start(remote.environment())) << server.log();
  v1::UpdateKeyRingRequest update;
  update.mutable_key_ring()->set_name("tenants/dev/keyRings/access-token");
  update.mutable_key_ring()->set_protection(v1::KeyRing::WRAPPED);
  const absl::Status refused = server.Connect()->Call(&v1::KeyService::Stub::UpdateKeyRing, update).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition) << refused;
  EXPECT_EQ(GetReason(refused), reason::kHsmUnsupported) << refused;
  EXPECT_EQ(server.Stop(), 0) << server.log();
}

}  // namespace
}  // namespace signet::testing

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  signet::testing::signetd_path = new std::string(argv[1]);
  return RUN_ALL_TESTS();
}
