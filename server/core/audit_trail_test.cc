#include "server/core/audit_trail.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "server/core/testing/core_fixture.h"

namespace signet::core {
namespace {

using keystore::Event;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class AuditTrailTest : public CoreTest {
 protected:
  std::vector<Event> List(const EventQuery& query) {
    const absl::StatusOr<ListResult<Event>> list = trail_.List(query, {});
    EXPECT_THAT(list, IsOk());
    return list.value_or(ListResult<Event>()).items;
  }
  std::vector<std::string> ActionsOf(const EventQuery& query) {
    std::vector<std::string> actions;
    for (const Event& event : List(query)) actions.push_back(event.action);
    return actions;
  }
  // Puts `count` events on the tenant, each with a record of that size.
  void PutEvents(int count, size_t bytes) {
    keystore::Change change;
    for (int i = 0; i < count; ++i) {
      Event event;
      event.action = "Fill";
      event.actor = "alice";
      event.resource = "tenants/acme";
      event.tenant = acme_;
      event.after = std::string(bytes, 'x');
      change.events.push_back(event);
    }
    ASSERT_THAT(store_->Commit(change), IsOk());
  }

  AuditTrail trail_{*store_};
};

// `query`, with one more filter.
template <typename Value>
EventQuery With(Value EventQuery::*member, std::type_identity_t<Value> value, EventQuery query = {}) {
  query.*member = std::move(value);
  return query;
}

std::vector<int64_t> SequencesOf(const std::vector<Event>& events) {
  std::vector<int64_t> sequences;
  for (const Event& event : events) sequences.push_back(event.sequence);
  return sequences;
}

TEST_F(AuditTrailTest, ShowsAllEventsInTheirOrderWithoutAFilter) {
  NewEnabledKey();
  EXPECT_EQ(List({}), Events());
  EXPECT_GE(Events().size(), 6u);
}

TEST_F(AuditTrailTest, ShowsTheNewestFirstIfAsked) {
  NewEnabledKey();
  std::vector<Event> events = Events();
  std::reverse(events.begin(), events.end());
  EXPECT_EQ(List(With(&EventQuery::order, EventQuery::Order::kNewestFirst)), events);
}

TEST_F(AuditTrailTest, AnEventMustPassAllFiltersThatAreSet) {
  NewTenantNamed("other");
  const KeyName key = NewKey();
  clock_.Advance(absl::Hours(1));
  const absl::Time later = clock_.Now();
  ChangeRequest by_bob = CallWithId("r-1");
  by_bob.principal = "bob";
  ASSERT_THAT(keys().Enable(key, keystore::Force::kNo, by_bob), IsOk());

  EXPECT_THAT(ActionsOf(With(&EventQuery::tenant, keystore::TenantId("other"))), ElementsAre("CreateTenant", "CreateTenant"));
  EXPECT_THAT(ActionsOf(With(&EventQuery::resource, FormatKeyName(key))), testing::Contains("EnableKey"));
  EXPECT_THAT(ActionsOf(With(&EventQuery::action, "EnableKey", With(&EventQuery::tenant, acme_))), ElementsAre("EnableKey"));
  EXPECT_THAT(ActionsOf(With(&EventQuery::action, "EnableKey", With(&EventQuery::tenant, keystore::TenantId("other")))), IsEmpty());
  EXPECT_THAT(ActionsOf(With(&EventQuery::actor, "bob")), ElementsAre("EnableKey"));
  EXPECT_THAT(ActionsOf(With(&EventQuery::request_id, "r-1")), ElementsAre("EnableKey"));
  EXPECT_THAT(ActionsOf(With(&EventQuery::start_time, later)), ElementsAre("EnableKey"));
  EXPECT_THAT(List(With(&EventQuery::end_time, later)), SizeIs(Events().size() - 1));
  EXPECT_THAT(ActionsOf(With(&EventQuery::end_time, later, With(&EventQuery::start_time, later))), IsEmpty());
}

TEST_F(AuditTrailTest, PagesMeetWithoutAGapOrAnOverlapInBothDirections) {
  for (int i = 0; i < 3; ++i) NewKey();
  for (const EventQuery& query :
       {EventQuery{}, With(&EventQuery::order, EventQuery::Order::kNewestFirst, With(&EventQuery::tenant, acme_))}) {
    std::vector<Event> paged;
    ListRequest request{.page_size = 2, .page_token = ""};
    do {
      const absl::StatusOr<ListResult<Event>> page = trail_.List(query, request);
      ASSERT_THAT(page, IsOk());
      EXPECT_LE(page->items.size(), 2u);
      paged.insert(paged.end(), page->items.begin(), page->items.end());
      request.page_token = page->next_page_token;
    } while (!request.page_token.empty());
    EXPECT_EQ(SequencesOf(paged), SequencesOf(List(query)));
  }
}

TEST_F(AuditTrailTest, ATokenOfAnotherQueryIsRefused) {
  NewKey();
  const EventQuery query = With(&EventQuery::tenant, acme_);
  const std::string token = trail_.List(query, {.page_size = 1, .page_token = ""})->next_page_token;
  ASSERT_NE(token, "");
  ASSERT_THAT(trail_.List(query, {.page_size = 5, .page_token = token}), IsOk());
  std::vector<EventQuery> others(8, query);
  others[0].tenant.reset();
  others[1].resource = "tenants/acme";
  others[2].action = "CreateKey";
  others[3].actor = "alice";
  others[4].request_id = "r-1";
  others[5].start_time = absl::UnixEpoch();
  others[6].end_time = absl::UnixEpoch();
  others[7].order = EventQuery::Order::kNewestFirst;
  for (const EventQuery& other : others) {
    EXPECT_THAT(trail_.List(other, {0, token}), IsError(absl::StatusCode::kInvalidArgument, reason::kPageTokenInvalid));
  }
  EXPECT_THAT(trail_.List(query, {0, "garbage"}), IsError(absl::StatusCode::kInvalidArgument, reason::kPageTokenInvalid));
}

TEST_F(AuditTrailTest, ATenantThatNeverWasIsNotFoundAndTheEventsOfADeletedOneStay) {
  const EventQuery query = With(&EventQuery::tenant, keystore::TenantId("other"));
  EXPECT_THAT(trail_.List(query, {}), IsError(absl::StatusCode::kNotFound, reason::kTenantNotFound));
  NewTenantNamed("other");
  ASSERT_THAT(tenants().Delete(*query.tenant, Call()), IsOk());
  EXPECT_THAT(ActionsOf(query), testing::Contains("DeleteTenant"));
}

TEST_F(AuditTrailTest, WhatATenantsIdWasBeforeIsSeenByThoseWhoReachAll) {
  NewTenantNamed("other");
  const keystore::TenantId other("other");
  ASSERT_THAT(tenants().Delete(other, Call()), IsOk());
  clock_.Advance(absl::Hours(24 * 365));
  NewTenantNamed("other");
  const auto actions_for = [&](const Principal& caller, const EventQuery& query) {
    const auto list = trail_.ListFor(caller, query, {});
    EXPECT_THAT(list, IsOk());
    std::vector<std::string> actions;
    for (const Event& event : list->items) actions.push_back(event.action);
    return actions;
  };
  const Principal owner = {.name = "owner", .tenant = other};
  EXPECT_THAT(actions_for(LocalPrincipal(), With(&EventQuery::tenant, other)), testing::Contains("DeleteTenant"));
  for (const EventQuery& query : {EventQuery(), With(&EventQuery::tenant, other),
                                  With(&EventQuery::start_time, absl::UnixEpoch(), With(&EventQuery::tenant, other))}) {
    EXPECT_THAT(actions_for(owner, query), ElementsAre("CreateTenant", "CreateTenant")) << "it, and its ring";
  }
}

TEST_F(AuditTrailTest, TextsThatAreTooLongAreInvalid) {
  const std::string longest(128, 'x');
  EXPECT_THAT(List(With(&EventQuery::request_id, longest,
                        With(&EventQuery::actor, longest,
                             With(&EventQuery::action, longest, With(&EventQuery::resource, std::string(512, 'x')))))),
              IsEmpty());
  for (const EventQuery& query : {With(&EventQuery::resource, std::string(513, 'x')), With(&EventQuery::action, longest + "x"),
                                  With(&EventQuery::actor, longest + "x"), With(&EventQuery::request_id, longest + "x")}) {
    EXPECT_THAT(trail_.List(query, {}), IsError(absl::StatusCode::kInvalidArgument, reason::kInvalidField));
  }
}

TEST_F(AuditTrailTest, APageOfLargeEventsEndsEarlyAndTheNextGoesOn) {
  const size_t before = Events().size();
  PutEvents(50, 100'000);
  std::vector<Event> paged;
  ListRequest request{.page_size = 1000, .page_token = ""};
  do {
    const absl::StatusOr<ListResult<Event>> page = trail_.List({}, request);
    ASSERT_THAT(page, IsOk());
    ASSERT_THAT(page->items, testing::Not(IsEmpty()));
    size_t bytes = 0;
    for (const Event& event : page->items) bytes += event.after.size();
    EXPECT_LE(bytes, 2u * 1024 * 1024);
    paged.insert(paged.end(), page->items.begin(), page->items.end());
    request.page_token = page->next_page_token;
  } while (!request.page_token.empty());
  EXPECT_THAT(paged, SizeIs(before + 50));
  EXPECT_EQ(SequencesOf(paged), SequencesOf(Events()));
}

TEST_F(AuditTrailTest, AnEventThatIsLargerThanAPageIsAPageOfItsOwn) {
  PutEvents(2, 3'000'000);
  const EventQuery query = With(&EventQuery::action, "Fill");
  const absl::StatusOr<ListResult<Event>> page = trail_.List(query, {});
  ASSERT_THAT(page, IsOk());
  EXPECT_THAT(page->items, SizeIs(1));
  EXPECT_THAT(trail_.List(query, {0, page->next_page_token})->items, SizeIs(1));
}

}  // namespace
}  // namespace signet::core
