// signet.v1.AuditService, over the trail that the other services leave.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/integration/rpc_test.h"

namespace signet::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class AuditServiceTest : public BackendTest {
 protected:
  // The pages that `request`, in text format, asks for, one after the other.
  std::vector<v1::Event> ListAll(const std::string& text) {
    auto request = FromText<v1::ListEventsRequest>(text);
    std::vector<v1::Event> events;
    do {
      const auto page = Call(&AuditStub::ListEvents, request);
      EXPECT_EQ(page.outcome(), "OK") << text;
      EXPECT_LE(page->events_size(), request.page_size() == 0 ? 100 : request.page_size());
      events.insert(events.end(), page->events().begin(), page->events().end());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return events;
  }
  std::vector<std::string> ActionsOf(const std::string& text) {
    std::vector<std::string> actions;
    for (const v1::Event& event : ListAll(text)) actions.push_back(event.action());
    return actions;
  }
  std::string OutcomeOfList(const std::string& text) {
    return Call(&AuditStub::ListEvents, FromText<v1::ListEventsRequest>(text)).outcome();
  }
};

INSTANTIATE_TEST_SUITE_P(Backends, AuditServiceTest, ::testing::Values(Backend::kMemory, Backend::kSoftHsmAndSqlite), BackendName);

std::vector<int64_t> SequencesOf(const std::vector<v1::Event>& events) {
  std::vector<int64_t> sequences;
  for (const v1::Event& event : events) sequences.push_back(event.sequence());
  return sequences;
}

TEST_P(AuditServiceTest, AnEventTellsWhoDidWhatToWhatAndHowItWasBefore) {
  const v1::SigningKey key = MakeKey();
  v1::EnableKeyRequest enable;
  enable.set_name(key.name());
  enable.set_force(true);
  enable.set_request_id("r-1");
  ASSERT_EQ(Call(&KeyStub::EnableKey, enable).outcome(), "OK");
  const std::vector<v1::Event> events = ListAll(R"(request_id: "r-1")");
  ASSERT_EQ(events.size(), 1u);
  const v1::Event& event = events[0];
  EXPECT_EQ(event.name(), absl::StrCat("events/", event.sequence()));
  EXPECT_TRUE(event.has_time());
  EXPECT_EQ(event.actor(), "local");
  EXPECT_EQ(event.action(), "EnableKey");
  EXPECT_EQ(event.resource(), key.name());
  EXPECT_THAT(event.before_json(), HasSubstr(R"("state":"DISABLED")"));
  EXPECT_THAT(event.after_json(), HasSubstr(R"("state":"ENABLED")"));
}

TEST_P(AuditServiceTest, SequencesHaveNoGapsAndTheNewestComesFirstIfAsked) {
  MakeEnabledKey();
  std::vector<int64_t> sequences = SequencesOf(ListAll(""));
  for (size_t i = 0; i < sequences.size(); ++i) EXPECT_EQ(sequences[i], static_cast<int64_t>(i) + 1);
  std::reverse(sequences.begin(), sequences.end());
  EXPECT_EQ(SequencesOf(ListAll("newest_first: true")), sequences);
}

TEST_P(AuditServiceTest, PagesMeetInBothDirections) {
  MakeEnabledKey();
  for (const char* direction : {"", " newest_first: true"}) {
    EXPECT_EQ(SequencesOf(ListAll(absl::StrCat("page_size: 2", direction))), SequencesOf(ListAll(direction)));
  }
}

TEST_P(AuditServiceTest, FiltersAreByTenantResourceActionActorRequestAndTime) {
  MakeTenant("other");
  const v1::SigningKey key = MakeKey();
  server_.clock().Advance(absl::Hours(1));
  const int64_t later = absl::ToUnixSeconds(server_.clock().Now());
  MakeRing("saml");

  EXPECT_THAT(ActionsOf(R"(parent: "tenants/other")"), ElementsAre("CreateTenant", "CreateTenant"));
  EXPECT_THAT(ActionsOf(absl::StrCat("resource: '", kRing, "'")), AllOf(Contains("CreateKey"), Contains("CreateTenant")));
  EXPECT_THAT(ActionsOf(R"(resource: "tenants/acme/keyRings/access")"), IsEmpty());
  EXPECT_THAT(ActionsOf(R"(action: "CreateKeyRing")"), ElementsAre("CreateKeyRing"));
  EXPECT_THAT(ActionsOf(R"(actor: "nobody")"), IsEmpty());
  EXPECT_THAT(ActionsOf(absl::StrCat("start_time { seconds: ", later, " }")), ElementsAre("CreateKeyRing"));
  EXPECT_THAT(ActionsOf(absl::StrCat("parent: 'tenants/acme' action: 'CreateKeyRing' end_time { seconds: ", later, " }")),
              IsEmpty());
}

TEST_P(AuditServiceTest, WrongInputIsNamed) {
  EXPECT_EQ(OutcomeOfList(R"(parent: "acme")"), "INVALID_ARGUMENT INVALID_NAME");
  EXPECT_EQ(OutcomeOfList(R"(parent: "tenants/none")"), "NOT_FOUND TENANT_NOT_FOUND");
  EXPECT_EQ(OutcomeOfList("page_size: -1"), "INVALID_ARGUMENT INVALID_FIELD");
  EXPECT_EQ(OutcomeOfList("start_time { nanos: -1 }"), "INVALID_ARGUMENT INVALID_FIELD");
  EXPECT_EQ(OutcomeOfList("end_time { seconds: 253402300800 }"), "INVALID_ARGUMENT INVALID_FIELD");
  EXPECT_EQ(OutcomeOfList(absl::StrCat("action: '", std::string(129, 'x'), "'")), "INVALID_ARGUMENT INVALID_FIELD");
  EXPECT_EQ(OutcomeOfList(R"(page_token: "garbage")"), "INVALID_ARGUMENT PAGE_TOKEN_INVALID");
  const auto page = Call(&AuditStub::ListEvents, FromText<v1::ListEventsRequest>("page_size: 1"));
  EXPECT_EQ(OutcomeOfList(absl::StrCat("newest_first: true page_token: '", page->next_page_token(), "'")),
            "INVALID_ARGUMENT PAGE_TOKEN_INVALID");
}

TEST_P(AuditServiceTest, TheEventsOfADeletedTenantStay) {
  MakeTenant("other");
  v1::DeleteTenantRequest request;
  request.set_name("tenants/other");
  ASSERT_EQ(Call(&TenantStub::DeleteTenant, request).outcome(), "OK");
  EXPECT_THAT(ActionsOf(R"(parent: "tenants/other")"), Contains("DeleteTenant"));
}

TEST_P(AuditServiceTest, ATrailThatNobodyChangedIsVerifiedFromAnyOfItsEventsOn) {
  MakeKey();
  const std::vector<v1::Event> events = ListAll("");
  ASSERT_GT(events.size(), 2u);
  EXPECT_EQ(events.front().hash().size(), 32u);
  const auto whole = Call(&AuditStub::VerifyAuditLog, v1::VerifyAuditLogRequest());
  EXPECT_EQ(whole.outcome(), "OK");
  EXPECT_TRUE(whole->intact());
  EXPECT_EQ(whole->events(), events.back().sequence());
  EXPECT_EQ(whole->last_sequence(), events.back().sequence());
  EXPECT_FALSE(whole->has_last_seal());
  v1::VerifyAuditLogRequest last;
  last.set_start_sequence(events.back().sequence());
  EXPECT_EQ(Call(&AuditStub::VerifyAuditLog, last)->events(), 1);
  last.set_start_sequence(events.back().sequence() + 1);
  EXPECT_EQ(Call(&AuditStub::VerifyAuditLog, last).outcome(), "INVALID_ARGUMENT INVALID_FIELD");
}

}  // namespace
}  // namespace signet::testing
