// Conformance: the audit trail is listed as it was asked for.

#include "absl/strings/str_cat.h"
#include "keystore/key_store_conformance.h"

namespace signet::keystore {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Filter = KeyStore::EventFilter;
using Order = KeyStore::EventFilter::Order;

constexpr char kRing[] = "tenants/t1/keyRings/r";

absl::Time After(int seconds) { return TestTime() + absl::Seconds(seconds); }

std::vector<int64_t> Sequences(const absl::StatusOr<std::vector<Event>>& events) {
  std::vector<int64_t> sequences;
  EXPECT_TRUE(events.ok()) << events.status();
  if (events.ok()) {
    for (const Event& event : *events) sequences.push_back(event.sequence);
  }
  return sequences;
}

Event MakeEventOf(const std::string& tenant, const std::string& resource, int second) {
  Event event = MakeEvent("Put");
  event.tenant = TenantId(tenant);
  event.resource = resource;
  event.time = After(second);
  return event;
}

std::vector<int64_t> List(KeyStore& store, const Filter& filter, const Page& page = {}) {
  return Sequences(store.ListEvents(filter, page));
}

// Lists in pages of `limit`, each behind the last event of the one before.
std::vector<int64_t> ListInPages(KeyStore& store, const Filter& filter, int limit) {
  std::vector<int64_t> all;
  Page page = {.after = "", .limit = limit};
  for (;;) {
    const std::vector<int64_t> sequences = List(store, filter, page);
    EXPECT_LE(sequences.size(), static_cast<size_t>(limit));
    all.insert(all.end(), sequences.begin(), sequences.end());
    if (sequences.empty()) return all;
    page.after = absl::StrCat(sequences.back());
  }
}

// Makes the trail whose events have the sequences 1, 2, …
void Commit(KeyStore& store, std::vector<Event> events) {
  const absl::StatusOr<Revision> revision = store.Commit({{}, {}, std::move(events)});
  ASSERT_TRUE(revision.ok()) << revision.status();
}

Filter ByResource(const std::string& resource) {
  Filter filter;
  filter.resource = resource;
  return filter;
}

TEST_P(KeyStoreConformance, ListsTheEventsOfATenantOnly) {
  Commit(store(), {MakeEventOf("t1", "tenants/t1", 0), MakeEventOf("t2", "tenants/t2", 1), MakeEventOf("t1", "tenants/t1", 2),
                   MakeEventOf("", "server", 3)});
  Filter filter;
  filter.tenant = TenantId("t1");
  EXPECT_THAT(List(store(), filter), ElementsAre(1, 3));
  filter.tenant = TenantId("t");
  EXPECT_THAT(List(store(), filter), IsEmpty());
  // A tenant that is empty is one, too: that of the events which are no tenant's.
  filter.tenant = TenantId();
  EXPECT_THAT(List(store(), filter), ElementsAre(4));
  filter.tenant.reset();
  EXPECT_THAT(List(store(), filter), ElementsAre(1, 2, 3, 4));
}

TEST_P(KeyStoreConformance, ListsTheEventsOfAResourceAndOfThoseBelowIt) {
  Commit(store(), {
                      MakeEventOf("t1", kRing, 0),
                      MakeEventOf("t1", absl::StrCat(kRing, "/keys/k"), 1),
                      MakeEventOf("t1", absl::StrCat(kRing, "-2"), 2),
                      MakeEventOf("t1", absl::StrCat(kRing, "-2/keys/k"), 3),
                      MakeEventOf("t1", absl::StrCat(kRing, "0"), 4),
                      MakeEventOf("t1", absl::StrCat(kRing, "2/keys/k"), 5),
                      MakeEventOf("t1", absl::StrCat(kRing, "/keys/ü"), 6),
                      MakeEventOf("t1", "tenants/t1/keyRings/R", 7),
                      MakeEventOf("t1", "tenants/t1", 8),
                      MakeEventOf("t1", absl::StrCat("x/", kRing), 9),
                  });
  EXPECT_THAT(List(store(), ByResource(kRing)), ElementsAre(1, 2, 7));
  EXPECT_THAT(List(store(), ByResource(absl::StrCat(kRing, "/keys/k"))), ElementsAre(2));
  EXPECT_THAT(List(store(), ByResource("tenants/t1")), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9));
  EXPECT_THAT(List(store(), ByResource("tenants/t")), IsEmpty());
}

TEST_P(KeyStoreConformance, AResourceIsNoPattern) {
  Commit(store(), {MakeEventOf("t1", kRing, 0), MakeEventOf("t1", "a_b/keys/k", 1), MakeEventOf("t1", "a%b", 2),
                   MakeEventOf("t1", "axb/keys/k", 3), MakeEventOf("t1", "a*b", 4), MakeEventOf("t1", "a' OR 1=1 --/k", 5)});
  EXPECT_THAT(List(store(), ByResource("%")), IsEmpty());
  EXPECT_THAT(List(store(), ByResource("a_b")), ElementsAre(2));
  EXPECT_THAT(List(store(), ByResource("a%b")), ElementsAre(3));
  EXPECT_THAT(List(store(), ByResource("a*b")), ElementsAre(5));
  EXPECT_THAT(List(store(), ByResource("a' OR 1=1 --")), ElementsAre(6));
  EXPECT_THAT(List(store(), ByResource("' OR 1=1 --")), IsEmpty());
}

TEST_P(KeyStoreConformance, ListsEventsByActionActorAndRequestIdExactly) {
  Event first = MakeEvent("EnableKey");
  Event second = first;
  second.actor = "system";
  Event third = second;
  third.action = "EnableKeyRing";
  third.request_id = "q-1";
  Commit(store(), {first, second, third});
  Filter filter;
  filter.action = "EnableKey";
  EXPECT_THAT(List(store(), filter), ElementsAre(1, 2));
  filter.actor = "system";
  EXPECT_THAT(List(store(), filter), ElementsAre(2));
  filter.action.clear();
  EXPECT_THAT(List(store(), filter), ElementsAre(2, 3));
  filter.request_id = "q-1";
  EXPECT_THAT(List(store(), filter), ElementsAre(3));
  filter.actor = "tester";
  EXPECT_THAT(List(store(), filter), IsEmpty());
  filter.actor.clear();
  filter.request_id = "q";
  EXPECT_THAT(List(store(), filter), IsEmpty());
}

TEST_P(KeyStoreConformance, ListsEventsFromTheStartTimeOnAndBeforeTheEndTime) {
  // Times need not rise with the sequence: several processes have several clocks.
  Commit(store(), {MakeEventOf("t1", kRing, 10), MakeEventOf("t1", kRing, 30), MakeEventOf("t1", kRing, 20)});
  Filter filter;
  filter.start_time = After(20);
  EXPECT_THAT(List(store(), filter), ElementsAre(2, 3));
  filter.end_time = After(30);
  EXPECT_THAT(List(store(), filter), ElementsAre(3));
  filter.start_time.reset();
  EXPECT_THAT(List(store(), filter), ElementsAre(1, 3));
  filter.end_time = After(10);
  EXPECT_THAT(List(store(), filter), IsEmpty());
  filter.start_time = absl::InfinitePast();
  filter.end_time = absl::InfiniteFuture();
  EXPECT_THAT(List(store(), filter), ElementsAre(1, 2, 3));
}

TEST_P(KeyStoreConformance, TheTimesOfAFilterAreKeptInMicrosecondsLikeThoseOfEvents) {
  Event event = MakeEventOf("t1", kRing, 0);
  event.time += absl::Nanoseconds(1999);
  Commit(store(), {event});
  Filter filter;
  filter.start_time = event.time;
  EXPECT_THAT(List(store(), filter), ElementsAre(1));
  filter.start_time.reset();
  filter.end_time = event.time;
  EXPECT_THAT(List(store(), filter), IsEmpty());
}

TEST_P(KeyStoreConformance, ListsEventsNewestFirst) {
  Commit(store(), {MakeEvent("A"), MakeEvent("B")});
  Commit(store(), {MakeEvent("A"), MakeEvent("B")});
  Filter filter;
  filter.order = Order::kNewestFirst;
  EXPECT_THAT(List(store(), filter), ElementsAre(4, 3, 2, 1));
  EXPECT_THAT(List(store(), filter, {.after = "", .limit = 1}), ElementsAre(4));
  EXPECT_THAT(List(store(), filter, {.after = "3", .limit = 5}), ElementsAre(2, 1));
  EXPECT_THAT(List(store(), filter, {.after = "1", .limit = 5}), IsEmpty());
  EXPECT_THAT(List(store(), filter, {.after = "0", .limit = 5}), IsEmpty());
  EXPECT_THAT(List(store(), filter, {.after = "99", .limit = 1}), ElementsAre(4));
  filter.action = "A";
  EXPECT_THAT(List(store(), filter), ElementsAre(3, 1));
}

TEST_P(KeyStoreConformance, PagesOfAFilterMissNothingInEitherOrder) {
  std::vector<Event> events;
  for (int i = 0; i < 30; ++i) {
    Event event = MakeEventOf(absl::StrCat("t", i % 2), i % 3 == 0 ? kRing : absl::StrCat(kRing, "-2"), i);
    event.request_id = "q-1";
    events.push_back(std::move(event));
  }
  Commit(store(), std::move(events));
  Filter filter;
  filter.tenant = TenantId("t1");
  filter.resource = kRing;
  filter.action = "Put";
  filter.actor = "tester";
  filter.request_id = "q-1";
  filter.start_time = After(5);
  filter.end_time = After(29);
  for (int limit : {1, 2, 3, 100}) {
    filter.order = Order::kOldestFirst;
    EXPECT_THAT(ListInPages(store(), filter, limit), ElementsAre(10, 16, 22, 28)) << limit;
    filter.order = Order::kNewestFirst;
    EXPECT_THAT(ListInPages(store(), filter, limit), ElementsAre(28, 22, 16, 10)) << limit;
  }
}

TEST_P(KeyStoreConformance, APageThatGrowsAtItsNewEndIsNotDisturbed) {
  Commit(store(), {MakeEvent("A"), MakeEvent("A"), MakeEvent("A")});
  Filter filter;
  filter.order = Order::kNewestFirst;
  EXPECT_THAT(List(store(), filter, {.after = "", .limit = 2}), ElementsAre(3, 2));
  Commit(store(), {MakeEvent("A")});
  EXPECT_THAT(List(store(), filter, {.after = "2", .limit = 2}), ElementsAre(1));
}

}  // namespace
}  // namespace signet::keystore
