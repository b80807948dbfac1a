// WatchKeys, one call at a time: what it shows, how it begins and how it ends.
#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/integration/key_watch_reader.h"
#include "tests/integration/rpc_test.h"

namespace signet::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kMethod[] = "signet.v1.KeyService/WatchKeys";

v1::SigningKey Disable(KeyStub& stub, const std::string& key) {
  v1::DisableKeyRequest request;
  request.set_name(key);
  request.set_force(true);
  const auto reply = Call(stub, &KeyStub::DisableKey, request);
  EXPECT_EQ(reply.outcome(), "OK");
  return reply.response;
}

v1::SigningKey Revoke(KeyStub& stub, const std::string& key) {
  v1::RevokeKeyRequest request;
  request.set_name(key);
  request.set_force(true);
  const auto reply = Call(stub, &KeyStub::RevokeKey, request);
  EXPECT_EQ(reply.outcome(), "OK");
  return reply.response;
}

class KeyWatchTest : public BackendTest {};

INSTANTIATE_TEST_SUITE_P(Backends, KeyWatchTest, ::testing::Values(Backend::kMemory, Backend::kSoftHsmAndSqlite), BackendName);

TEST_P(KeyWatchTest, AWatcherOfARingSeesItsKeysBeMadeEnabledDisabledAndRevokedInOrderAndNothingElse) {
  MakeTenant("other");
  MakeRing("saml");
  KeyWatchReader watch(*key_stub_, kRing);
  watch.AwaitBeginning();
  const std::string elsewhere = "tenants/other/keyRings/access-token";
  MakeEnabledKey(elsewhere);
  MakeEnabledKey("tenants/acme/keyRings/saml");
  const std::string first = MakeEnabledKey().name();
  MakeKey(elsewhere);
  const std::string second = MakeEnabledKey().name();
  Disable(*key_stub_, second);
  const v1::SigningKey revoked = Revoke(*key_stub_, second);

  const std::vector<v1::WatchKeysResponse> changes = watch.NextChanges(8);
  const std::vector<std::string> texts = TextsOf(changes);
  EXPECT_THAT(texts[0], HasSubstr("PENDING_GENERATION"));
  EXPECT_THAT(texts[1], HasSubstr(first + " DISABLED"));
  EXPECT_EQ(texts[2], "EnableKey " + first + " ENABLED");
  EXPECT_THAT(texts[3], HasSubstr("PENDING_GENERATION"));
  EXPECT_THAT(texts[4], HasSubstr(second + " DISABLED"));
  EXPECT_THAT(texts[5], HasSubstr(first + " DISABLED"));
  EXPECT_EQ(texts[6], "EnableKey " + second + " ENABLED");
  EXPECT_EQ(texts[7], "DisableKey " + second + " DISABLED");
  EXPECT_EQ(TextOf(watch.NextChanges(1)[0]), "RevokeKey " + second + " REVOKED");
}

TEST_P(KeyWatchTest, AWatcherOfATenantSeesAllItsRings) {
  KeyWatchReader watch(*key_stub_, kTenant);
  watch.AwaitBeginning();
  MakeRing("saml");
  MakeKey("tenants/acme/keyRings/saml");
  MakeKey();
  const std::vector<std::string> texts = TextsOf(watch.NextChanges(4));
  EXPECT_THAT(texts[1], HasSubstr("tenants/acme/keyRings/saml/keys/"));
  EXPECT_THAT(texts[3], HasSubstr(absl::StrCat(kRing, "/keys/")));
}

TEST_P(KeyWatchTest, AKeyIsShownAsGetKeyShowsIt) {
  KeyWatchReader watch(*key_stub_, kRing);
  watch.AwaitBeginning();
  const std::string name = MakeKey().name();
  const v1::WatchKeysResponse change = watch.NextChanges(2)[1];
  EXPECT_EQ(change.key().DebugString(), GetKey(name).DebugString());
}

TEST_P(KeyWatchTest, ACallWithAResumeTokenGoesOnBehindItsMessage) {
  std::string token;
  {
    KeyWatchReader watch(*key_stub_, kRing);
    watch.AwaitBeginning();
    MakeKey();
    watch.NextChanges(1);
    token = watch.resume_token();
  }
  const std::string enabled = MakeEnabledKey().name();
  KeyWatchReader resumed(*key_stub_, kRing, token);
  resumed.AwaitBeginning();
  EXPECT_EQ(resumed.resume_token(), token);
  const std::vector<std::string> texts = TextsOf(resumed.NextChanges(4));
  EXPECT_THAT(texts[0], Not(HasSubstr("PENDING_GENERATION")));
  EXPECT_EQ(texts[3], "EnableKey " + enabled + " ENABLED");
}

class KeyWatchEndTest : public RpcTest {
 protected:
  explicit KeyWatchEndTest(const TestServerOptions& options = {}) : RpcTest(options) {}

  std::string OutcomeOfWatch(const std::string& name, const std::string& token = "") {
    return KeyWatchReader(*key_stub_, name, token).AwaitOutcome();
  }
  std::string MakeResumeToken(const std::string& name) {
    KeyWatchReader watch(*key_stub_, name);
    watch.AwaitBeginning();
    return watch.resume_token();
  }
  size_t CountLines() {
    size_t count = 0;
    for (const RecordingLogger::Line& line : server_.log().lines()) {
      if (line.message == "call" && line.Text("method") == kMethod) ++count;
    }
    return count;
  }
};

TEST_F(KeyWatchEndTest, ANameThatIsWrongOrThatNothingHasEndsTheCall) {
  EXPECT_EQ(OutcomeOfWatch(""), "INVALID_ARGUMENT MISSING_FIELD");
  for (const std::string& name :
       {std::string("acme"), std::string("tenants/acme/keyRings/"), absl::StrCat(kRing, "/keys/k"), std::string("tenants/acme/")}) {
    EXPECT_EQ(OutcomeOfWatch(name), "INVALID_ARGUMENT INVALID_NAME") << name;
  }
  EXPECT_EQ(OutcomeOfWatch("tenants/none"), "NOT_FOUND TENANT_NOT_FOUND");
  EXPECT_EQ(OutcomeOfWatch("tenants/acme/keyRings/none"), "NOT_FOUND KEY_RING_NOT_FOUND");
}

TEST_F(KeyWatchEndTest, AResumeTokenOfAnotherNameOrOfNothingIsRefused) {
  MakeTenant("other");
  MakeRing("saml");
  const std::string token = MakeResumeToken(kRing);
  for (const char* name : {kTenant, "tenants/acme/keyRings/saml", "tenants/other", "tenants/other/keyRings/access-token"}) {
    EXPECT_EQ(OutcomeOfWatch(name, token), "INVALID_ARGUMENT RESUME_TOKEN_INVALID") << name;
  }
  for (const std::string& garbage :
       {std::string("x"), token + "A", token.substr(4), std::string(1000, 'A'), std::string("\x01\x02")}) {
    EXPECT_EQ(OutcomeOfWatch(kRing, garbage), "INVALID_ARGUMENT RESUME_TOKEN_INVALID") << garbage;
  }
}

TEST_F(KeyWatchEndTest, ShutdownEndsWatchesAndTheirTokensAreGoodElsewhere) {
  KeyWatchReader ring(*key_stub_, kRing), tenant(*key_stub_, kTenant);
  ring.AwaitBeginning();
  tenant.AwaitBeginning();
  std::thread shutdown([this] { server_.grpc_server().Shutdown(absl::Now() + absl::Seconds(60)); });
  EXPECT_EQ(ring.AwaitOutcome(), "UNAVAILABLE SHUTTING_DOWN");
  EXPECT_EQ(tenant.AwaitOutcome(), "UNAVAILABLE SHUTTING_DOWN");
  EXPECT_NE(ring.resume_token(), "");
  // Long before its deadline.
  shutdown.join();
  EXPECT_EQ(server_.log().Await("reason", "SHUTTING_DOWN").level, LogLevel::kInfo);
}

TEST_F(KeyWatchEndTest, AnExecutorThatHasStoppedEndsWatchesToo) {
  KeyWatchReader watch(*key_stub_, kRing);
  watch.AwaitBeginning();
  server_.admin_executor().Shutdown();
  EXPECT_EQ(OutcomeOfWatch(kRing), "UNAVAILABLE SHUTTING_DOWN");
  EXPECT_EQ(watch.AwaitOutcome(), "UNAVAILABLE SHUTTING_DOWN");
}

TEST_F(KeyWatchEndTest, ACallerWhoCancelsIsOneLogLineAndOneCount) {
  const size_t before = CountLines();
  {
    KeyWatchReader watch(*key_stub_, kRing, "", {.metadata = {{"x-request-id", "w-1"}}});
    watch.AwaitBeginning();
    EXPECT_EQ(watch.request_id(), "w-1");
    MakeKey();
    watch.NextChanges(2);
    EXPECT_EQ(CountLines(), before);
    watch.Cancel();
    EXPECT_EQ(watch.AwaitOutcome(), "CANCELLED");
  }
  const RecordingLogger::Line line = server_.log().Await("reason", "CALL_CANCELLED");
  EXPECT_EQ(line.level, LogLevel::kInfo);
  EXPECT_EQ(line.Text("method"), kMethod);
  EXPECT_EQ(line.Text("code"), "CANCELLED");
  EXPECT_EQ(line.Text("request_id"), "w-1");
  EXPECT_EQ(CountLines(), before + 1);
  EXPECT_THAT(server_.metrics().Expose(),
              HasSubstr(absl::StrCat("_count{grpc_method=\"", kMethod, "\",grpc_status=\"CANCELLED\"} 1\n")));
}

TEST_F(KeyWatchEndTest, ADeadlineEndsAWatch) {
  KeyWatchReader watch(*key_stub_, kRing, "", {.timeout = std::chrono::milliseconds(200)});
  EXPECT_EQ(watch.AwaitOutcome(), "DEADLINE_EXCEEDED");
  // The caller's own deadline passes first, and its cancellation can arrive before the server's does.
  EXPECT_THAT(server_.log().Await("method", kMethod).Text("reason"), ::testing::AnyOf("DEADLINE_PASSED", "CALL_CANCELLED"));
}

TEST_F(KeyWatchEndTest, AStoreThatFailsEndsAWatchWhichCanBeResumedLater) {
  KeyWatchReader watch(*key_stub_, kRing);
  watch.AwaitBeginning();
  server_.store().FailListEvents(Error(absl::StatusCode::kUnavailable, reason::kStoreUnavailable, "locked"));
  MakeKey();
  EXPECT_EQ(watch.AwaitOutcome(), "UNAVAILABLE STORE_UNAVAILABLE");
  EXPECT_EQ(OutcomeOfWatch(kRing, watch.resume_token()), "UNAVAILABLE STORE_UNAVAILABLE");
  server_.store().FailListEvents(absl::OkStatus());
  KeyWatchReader resumed(*key_stub_, kRing, watch.resume_token());
  resumed.AwaitBeginning();
  EXPECT_EQ(resumed.NextChanges(2).size(), 2u);
}

class KeyWatchLimitTest : public KeyWatchEndTest {
 protected:
  KeyWatchLimitTest() : KeyWatchEndTest({.max_watches = 2}) {}
};

TEST_F(KeyWatchLimitTest, ThereAreNoMoreWatchesThanTheLimitUntilOneEnds) {
  KeyWatchReader first(*key_stub_, kRing);
  first.AwaitBeginning();
  {
    KeyWatchReader second(*key_stub_, kTenant);
    second.AwaitBeginning();
    EXPECT_EQ(OutcomeOfWatch(kRing), "RESOURCE_EXHAUSTED WATCH_LIMIT");
  }
  // The server learns a little later that the second was cancelled.
  for (bool open = false; !open;) {
    KeyWatchReader third(*key_stub_, kRing);
    open = third.Next().has_value();
    if (open) continue;
    ASSERT_EQ(third.AwaitOutcome(), "RESOURCE_EXHAUSTED WATCH_LIMIT");
  }
}

class KeyWatchBusyTest : public KeyWatchEndTest {
 protected:
  KeyWatchBusyTest() : KeyWatchEndTest({.admin_workers = 1, .admin_queue = 1}) {}
};

TEST_F(KeyWatchBusyTest, AFullAdminQueueDelaysAWatchAndDoesNotEndIt) {
  server_.hsm().gate().Close();
  v1::CreateKeyRequest create;
  create.set_parent(kRing);
  std::thread working([&] { EXPECT_EQ(Call(&KeyStub::CreateKey, create).outcome(), "OK"); });
  server_.hsm().gate().AwaitWaiting(1);
  std::thread waiting([&] { EXPECT_EQ(Call(&KeyStub::CreateKey, create).outcome(), "OK"); });
  while (server_.admin_executor().queue_depth() < 1) std::this_thread::yield();
  KeyWatchReader watch(*key_stub_, kRing);
  // The server has it and could not queue it: what comes later on the same connection is answered.
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Call(&KeyStub::GetKey, v1::GetKeyRequest()).outcome(), "RESOURCE_EXHAUSTED QUEUE_FULL");
  server_.hsm().gate().Open();
  watch.AwaitBeginning();
  working.join();
  waiting.join();
}

TEST_F(KeyWatchBusyTest, ACallerWhoCancelsWhileTheQueueIsFullIsLetGoAtOnce) {
  server_.hsm().gate().Close();
  v1::CreateKeyRequest create;
  create.set_parent(kRing);
  std::thread working([&] { EXPECT_EQ(Call(&KeyStub::CreateKey, create).outcome(), "OK"); });
  server_.hsm().gate().AwaitWaiting(1);
  std::thread waiting([&] { EXPECT_EQ(Call(&KeyStub::CreateKey, create).outcome(), "OK"); });
  while (server_.admin_executor().queue_depth() < 1) std::this_thread::yield();
  {
    KeyWatchReader watch(*key_stub_, kRing);
    EXPECT_EQ(Call(&KeyStub::GetKey, v1::GetKeyRequest()).outcome(), "RESOURCE_EXHAUSTED QUEUE_FULL");
  }
  EXPECT_EQ(server_.log().Await("reason", "CALL_CANCELLED").Text("method"), kMethod);
  server_.hsm().gate().Open();
  working.join();
  waiting.join();
}

}  // namespace
}  // namespace signet::testing
