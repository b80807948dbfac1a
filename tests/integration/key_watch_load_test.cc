// WatchKeys while much happens: nothing is missed, nothing is seen twice, and nobody is held up.
#include <atomic>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/integration/key_watch_reader.h"
#include "tests/integration/rpc_test.h"

namespace signet::testing {
namespace {

// A fixed seed, so that a failure comes again.
constexpr unsigned kSeed = 20260101;

class KeyWatchLoadTest : public BackendTest {
 protected:
  // "action key" of each event on a key below `resource` behind the first `skipped` ones, in their order.
  std::vector<std::string> KeyEvents(const std::string& resource, size_t skipped = 0) {
    v1::ListEventsRequest request;
    request.set_resource(resource);
    request.set_page_size(1000);
    std::vector<std::string> events;
    do {
      const auto page = Call(&AuditStub::ListEvents, request);
      EXPECT_EQ(page.outcome(), "OK");
      for (const v1::Event& event : page->events()) {
        if (absl::StrContains(event.resource(), "/keys/")) events.push_back(absl::StrCat(event.action(), " ", event.resource()));
      }
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    events.erase(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(skipped));
    return events;
  }

  // Enables and disables `key` in turn: `count` changes.
  void Toggle(const std::string& key, int count) {
    for (int i = 0; i < count; ++i) {
      if (i % 2 == 0) {
        Enable(key);
      } else {
        v1::DisableKeyRequest request;
        request.set_name(key);
        request.set_force(true);
        EXPECT_EQ(Call(&KeyStub::DisableKey, request).outcome(), "OK");
      }
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Backends, KeyWatchLoadTest, ::testing::Values(Backend::kMemory, Backend::kSoftHsmAndSqlite), BackendName);

std::string EventText(const v1::WatchKeysResponse& message) { return absl::StrCat(message.action(), " ", message.key().name()); }

TEST_P(KeyWatchLoadTest, WhoeverReconnectsWithTheTokenOfAnyMessageMissesNothingAndSeesNothingTwice) {
  MakeTenant("other");
  std::vector<std::string> keys = {MakeKey("tenants/other/keyRings/access-token").name()};
  for (const char* ring : {"r1", "r2", "r3"}) {
    MakeRing(ring);
    keys.push_back(MakeKey(absl::StrCat(kTenant, "/keyRings/", ring)).name());
  }
  const size_t skipped = KeyEvents(kTenant).size();
  auto watch = std::make_unique<KeyWatchReader>(*key_stub_, kTenant);
  watch->AwaitBeginning();

  constexpr int kChangesOfEach = 100;
  std::vector<std::thread> changing;
  for (const std::string& key : keys) {
    changing.emplace_back([&, key] { Toggle(key, kChangesOfEach); });
  }
  std::mt19937 random(kSeed);
  std::vector<std::string> seen;
  while (seen.size() < 3 * kChangesOfEach) {
    const size_t until = std::min<size_t>(seen.size() + random() % 20, 3 * kChangesOfEach);
    for (const v1::WatchKeysResponse& change : watch->NextChanges(until - seen.size())) seen.push_back(EventText(change));
    ASSERT_EQ(seen.size(), until);
    const std::string token = watch->resume_token();
    watch = std::make_unique<KeyWatchReader>(*key_stub_, kTenant, token);
    watch->AwaitBeginning();
  }
  for (std::thread& thread : changing) thread.join();
  EXPECT_EQ(seen, KeyEvents(kTenant, skipped));
}

TEST_P(KeyWatchLoadTest, ManyWatchersAllSeeAllChangesInTheSameOrder) {
  const std::string key = MakeKey().name();
  const size_t skipped = KeyEvents(kRing).size();
  std::vector<std::unique_ptr<KeyWatchReader>> watches;
  for (int i = 0; i < 50; ++i) watches.push_back(std::make_unique<KeyWatchReader>(*key_stub_, i % 2 == 0 ? kRing : kTenant));
  for (const auto& watch : watches) watch->AwaitBeginning();
  Toggle(key, 40);
  const std::vector<std::string> expected = KeyEvents(kRing, skipped);
  for (const auto& watch : watches) {
    std::vector<std::string> seen;
    for (const v1::WatchKeysResponse& change : watch->NextChanges(40)) seen.push_back(EventText(change));
    EXPECT_EQ(seen, expected);
  }
}

TEST_P(KeyWatchLoadTest, AReaderWhoPausesCostsOnePageAndGetsAllChangesLater) {
  constexpr int kChanges = 2000;
  const std::string key = MakeKey().name();
  const size_t skipped = KeyEvents(kRing).size();
  // A connection whose window does not grow: gRPC would else take in more than there is for a reader who pauses.
  grpc::ChannelArguments narrow;
  narrow.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  narrow.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 65'535);
  KeyStub own(server_.Connect(0, narrow));
  KeyWatchReader paused(own, kRing);
  paused.AwaitBeginning();
  const size_t read_before = server_.store().tenant_events_read();
  KeyWatchReader busy(*key_stub_, kTenant);
  busy.AwaitBeginning();
  std::thread reading([&] { EXPECT_EQ(busy.NextChanges(kChanges).size(), static_cast<size_t>(kChanges)); });
  Toggle(key, kChanges);
  reading.join();

  // The server stopped to read when what gRPC holds for the paused reader was full.
  EXPECT_LT(server_.store().tenant_events_read() - read_before - kChanges, static_cast<size_t>(kChanges) / 2);
  EXPECT_LE(server_.store().largest_read(), 64u);
  std::vector<std::string> seen;
  for (const v1::WatchKeysResponse& change : paused.NextChanges(kChanges)) seen.push_back(EventText(change));
  EXPECT_EQ(seen, KeyEvents(kRing, skipped));
}

TEST_P(KeyWatchLoadTest, WatchesThatComeAndGoDuringChangesLeaveNothingBehind) {
  const std::string key = MakeKey().name();
  std::atomic<bool> stop = false;
  std::vector<std::thread> watching;
  for (unsigned i = 0; i < 4; ++i) {
    watching.emplace_back([&, i] {
      std::mt19937 random(kSeed + i);
      KeyStub own(server_.Connect());
      while (!stop) {
        KeyWatchReader watch(own, kRing);
        for (unsigned messages = random() % 4; messages > 0 && watch.Next().has_value(); --messages) {
        }
      }
    });
  }
  Toggle(key, 100);
  stop = true;
  // Whoever waits for a message gets one.
  Toggle(key, 8);
  for (std::thread& thread : watching) thread.join();
}

}  // namespace
}  // namespace signet::testing
