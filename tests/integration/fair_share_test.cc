// A tenant that takes all it gets, of the signing queue or of watches, leaves the others theirs.
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/integration/key_watch_reader.h"
#include "tests/integration/rpc_test.h"
#include "tests/integration/scripted_authenticator.h"

namespace signet::testing {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

// Made before the server, which asks it.
struct Callers {
  Callers() {
    authenticator.SetAnonymous(core::LocalPrincipal());
    authenticator.Set("flood", PrincipalOf("acme"));
    authenticator.Set("other", PrincipalOf("other"));
  }
  ScriptedAuthenticator authenticator;
};

// FairShareTest has a flooding tenant, another one, one signing worker, which can be held up, and a queue of 16.
class FairShareTest : protected Callers, public RpcTest {
 protected:
  FairShareTest() : RpcTest({.signing_workers = 1, .signing_queue = 16, .authenticator = &authenticator}) {
    MakeTenant("other");
    MakeEnabledKey();
    MakeEnabledKey("tenants/other/keyRings/access-token");
  }

  std::string SignAs(const std::string& token, const std::string& tenant) {
    v1::SignTokenRequest request;
    request.set_key_ring(absl::StrCat("tenants/", tenant, "/keyRings/access-token"));
    return Call(&KeyStub::SignToken, request, {.metadata = {{"authorization", "Bearer " + token}}}).outcome();
  }
  void AwaitQueue(size_t depth) {
    while (server_.signing_executor().queue_depth() != depth) std::this_thread::yield();
  }
  // Who called SignToken, in the order in which the one worker was done with them.
  std::vector<std::string> OrderOfCallers() {
    std::vector<std::string> callers;
    for (const RecordingLogger::Line& line : server_.log().lines()) {
      const auto method = line.fields.find("method");
      if (method == line.fields.end() || line.Text("method") != "signet.v1.KeyService/SignToken") continue;
      if (line.Text("code") == "OK") callers.push_back(line.Text("principal"));
    }
    return callers;
  }
};

TEST_F(FairShareTest, ATenantsFloodCostsAnotherOneTurnAndKeepsHalfOfTheQueueFree) {
  server_.hsm().gate().Close();
  std::vector<std::thread> calls;
  std::vector<std::string> flood(9);
  // One is being signed, and eight wait: half of the queue.
  for (size_t i = 0; i < flood.size(); ++i) {
    calls.emplace_back([&, i] { flood[i] = SignAs("flood", "acme"); });
    if (i == 0) server_.hsm().gate().AwaitWaiting(1);
  }
  AwaitQueue(8);
  EXPECT_EQ(SignAs("flood", "acme"), "RESOURCE_EXHAUSTED QUEUE_FULL") << "while the worker is held up";

  std::string other;
  calls.emplace_back([&] { other = SignAs("other", "other"); });
  AwaitQueue(9);
  v1::GetJwksRequest jwks;
  jwks.set_parent(kTenant);
  EXPECT_EQ(Call(&KeyStub::GetJwks, jwks).outcome(), "OK");
  server_.hsm().gate().Open();
  for (std::thread& call : calls) call.join();

  EXPECT_THAT(flood, Each("OK"));
  EXPECT_EQ(other, "OK");
  const std::string acme = "tenants/acme/credentials/ci";
  const std::vector<std::string> order = OrderOfCallers();
  ASSERT_EQ(order.size(), 10u);
  EXPECT_THAT(std::vector<std::string>(order.begin(), order.begin() + 3), ElementsAre(acme, acme, "tenants/other/credentials/ci"));
}

class WatchShareTest : protected Callers, public RpcTest {
 protected:
  WatchShareTest() : RpcTest({.max_watches = 4, .authenticator = &authenticator}) { MakeTenant("other"); }

  KeyWatchReader WatchAs(const std::string& token, const std::string& tenant) {
    return KeyWatchReader(*key_stub_, tenant, "", {.metadata = {{"authorization", "Bearer " + token}}});
  }
};

TEST_F(WatchShareTest, ATenantGetsHalfOfTheWatchesAndLeavesTheOthersToOthers) {
  KeyWatchReader first = WatchAs("flood", kTenant), second = WatchAs("flood", kRing);
  first.AwaitBeginning();
  second.AwaitBeginning();
  EXPECT_EQ(WatchAs("flood", kTenant).AwaitOutcome(), "RESOURCE_EXHAUSTED WATCH_LIMIT");
  KeyWatchReader other = WatchAs("other", "tenants/other");
  other.AwaitBeginning();
}

}  // namespace
}  // namespace signet::testing
