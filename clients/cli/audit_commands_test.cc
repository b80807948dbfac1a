#include "clients/cli/audit_commands.h"

#include <string>
#include <vector>

#include "base/error.h"
#include "base/error_reason.h"
#include "clients/cli/program_runner.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "signet/v1/audit_service.pb.h"

namespace signet::cli {
namespace {

using testing::HasSubstr;

v1::Event Event(int64_t sequence) {
  v1::Event event;
  event.set_name("events/" + std::to_string(sequence));
  event.set_sequence(sequence);
  event.mutable_time()->set_seconds(1706885331);
  event.set_actor("system");
  event.set_action("KeySuperseded");
  event.set_resource("tenants/dev/keyRings/access-token/keys/k1");
  event.set_before_json(R"({"state":3})");
  return event;
}

v1::ListEventsResponse Page(const std::vector<int64_t>& sequences, const std::string& next) {
  v1::ListEventsResponse page;
  for (int64_t sequence : sequences) *page.add_events() = Event(sequence);
  page.set_next_page_token(next);
  return page;
}

class AuditCommandsTest : public testing::Test {
 protected:
  ProgramRunner::Result List(const std::vector<std::string>& more = {}) {
    std::vector<std::string> line = {"list", "security/audit"};
    line.insert(line.end(), more.begin(), more.end());
    return runner_.Run(line);
  }
  std::vector<v1::ListEventsRequest> Requests() { return runner_.server().Received<v1::ListEventsRequest>("ListEvents"); }

  ProgramRunner runner_;
};

TEST_F(AuditCommandsTest, ListShowsOneEventALine) {
  v1::ListEventsResponse reply = Page({9, 10}, "");
  reply.mutable_events(1)->set_request_id("r1");
  runner_.server().Reply("ListEvents", reply);
  EXPECT_EQ(List().out,
            "Sequence Time                         Actor  Action        Resource                                  Request ID\n"
            "9        Fri Feb 02 14:48:51 UTC 2024 system KeySuperseded tenants/dev/keyRings/access-token/keys/k1\n"
            "10       Fri Feb 02 14:48:51 UTC 2024 system KeySuperseded tenants/dev/keyRings/access-token/keys/k1 r1\n"
            "\n"
            "2 entries\n"
            "\n"
            "OK\n");
}

TEST_F(AuditCommandsTest, WithoutAScopeAndATargetAllTenantsAreMeant) {
  runner_.server().Reply("ListEvents", v1::ListEventsResponse());
  List();
  EXPECT_EQ(Requests().back().parent(), "");
  runner_.server().Reply("ListEvents", v1::ListEventsResponse());
  List({"--directory", "d1"});
  EXPECT_EQ(Requests().back().parent(), "tenants/d1");
  EXPECT_EQ(List({"--subaccount"}).exit_code, kExitUsage);
  runner_.variables["SIGNET_SUBACCOUNT"] = "dev";
  runner_.server().Reply("ListEvents", v1::ListEventsResponse());
  List();
  EXPECT_EQ(Requests().back().parent(), "tenants/dev");
}

TEST_F(AuditCommandsTest, EveryFilterIsPassedOn) {
  runner_.server().Reply("ListEvents", v1::ListEventsResponse());
  EXPECT_EQ(List({"--resource", "tenants/dev", "--action-name", "EnableKey", "--actor", "alice", "--request-id", "r1", "--since",
                  "2024-02-02T14:48:51Z", "--until", "2024-02-02T14:48:52Z", "--newest-first"})
                .exit_code,
            kExitOk);
  const v1::ListEventsRequest request = Requests().at(0);
  EXPECT_EQ(request.resource(), "tenants/dev");
  EXPECT_EQ(request.action(), "EnableKey");
  EXPECT_EQ(request.actor(), "alice");
  EXPECT_EQ(request.request_id(), "r1");
  EXPECT_EQ(request.start_time().seconds(), 1706885331);
  EXPECT_EQ(request.end_time().seconds(), 1706885332);
  EXPECT_TRUE(request.newest_first());
  // The call is not the one that is looked for.
  EXPECT_NE(runner_.server().LastRequestId("ListEvents"), "r1");
}

TEST_F(AuditCommandsTest, WithoutARequestIdNoneIsLookedFor) {
  runner_.server().Reply("ListEvents", v1::ListEventsResponse());
  List();
  EXPECT_EQ(Requests().at(0).request_id(), "");
}

TEST_F(AuditCommandsTest, ListShowsAllPages) {
  runner_.server().Reply("ListEvents", Page({1, 2}, "p2"));
  runner_.server().Reply("ListEvents", Page({3}, ""));
  EXPECT_THAT(List().out, HasSubstr("\n3 entries\n"));
  ASSERT_EQ(Requests().size(), 2u);
  EXPECT_EQ(Requests()[0].page_size(), 200);
  EXPECT_EQ(Requests()[1].page_token(), "p2");
}

TEST_F(AuditCommandsTest, LimitEndsTheList) {
  runner_.server().Reply("ListEvents", Page({1, 2}, "p2"));
  runner_.server().Reply("ListEvents", Page({3}, "p3"));
  EXPECT_THAT(List({"--limit", "3"}).out, HasSubstr("\n3 entries\n"));
  ASSERT_EQ(Requests().size(), 2u);
  EXPECT_EQ(Requests()[0].page_size(), 3);
  EXPECT_EQ(Requests()[1].page_size(), 1);
}

TEST_F(AuditCommandsTest, AServerThatRepeatsAPageTokenIsDefect) {
  runner_.server().Reply("ListEvents", Page({1}, "same"));
  runner_.server().Reply("ListEvents", Page({1}, "same"));
  const ProgramRunner::Result result = List();
  EXPECT_EQ(result.exit_code, kExitServer);
  EXPECT_THAT(result.err, HasSubstr("Reason: DEFECT\n"));
}

TEST_F(AuditCommandsTest, JsonIsTheMessage) {
  runner_.server().Reply("ListEvents", Page({9}, ""));
  const auto reply =
      nlohmann::json::parse(runner_.Run({"--format", "json", "list", "security/audit"}).out, nullptr, /*allow_exceptions=*/false);
  EXPECT_EQ(reply["events"][0]["beforeJson"], R"({"state":3})");
  EXPECT_EQ(reply["events"][0]["afterJson"], "");
}

TEST_F(AuditCommandsTest, AValueThatIsNoneIsAUsageErrorBeforeAnyCall) {
  for (const std::vector<std::string>& line :
       std::vector<std::vector<std::string>>{{"--limit", "0"}, {"--since", "yesterday"}, {"--until", "2024-02-02"}}) {
    EXPECT_EQ(List(line).exit_code, kExitUsage) << line[0];
  }
  EXPECT_TRUE(Requests().empty());
}

TEST_F(AuditCommandsTest, VerifyShowsWhatWasProved) {
  v1::VerifyAuditLogResponse reply;
  reply.set_intact(true);
  reply.set_events(12);
  reply.set_seals(1);
  reply.set_last_sequence(12);
  reply.mutable_last_seal()->set_sealed_sequence(10);
  reply.mutable_last_seal()->set_sealed_hash("\x01\xfe");
  reply.mutable_last_seal()->set_key("tenants/system/keyRings/audit/keys/k1");
  runner_.server().Reply("VerifyAuditLog", reply);
  const ProgramRunner::Result result = runner_.Run({"verify", "security/audit", "--start", "3"});
  EXPECT_EQ(result.exit_code, kExitOk);
  EXPECT_EQ(result.out,
            "The audit trail is intact\n"
            "\n"
            "Events:       12\n"
            "Seals:        1\n"
            "Last event:   12\n"
            "Sealed up to: 10\n"
            "Hash there:   01fe\n"
            "Sealed by:    tenants/system/keyRings/audit/keys/k1\n"
            "\n"
            "OK\n");
  EXPECT_EQ(runner_.server().Received<v1::VerifyAuditLogRequest>("VerifyAuditLog").at(0).start_sequence(), 3);
}

TEST_F(AuditCommandsTest, VerifyNamesTheFirstBrokenEventAndFails) {
  v1::VerifyAuditLogResponse reply;
  reply.set_first_broken_sequence(7);
  reply.set_problem("its hash does not fit");
  runner_.server().Reply("VerifyAuditLog", reply);
  const ProgramRunner::Result text = runner_.Run({"verify", "security/audit"});
  EXPECT_EQ(text.exit_code, kExitServer);
  EXPECT_EQ(text.out, "");
  EXPECT_EQ(text.err, "FAILED: the audit trail is broken at event 7: its hash does not fit\nReason: AUDIT_BROKEN\n");

  runner_.server().Reply("VerifyAuditLog", reply);
  const ProgramRunner::Result json = runner_.Run({"--format", "json", "verify", "security/audit"});
  EXPECT_EQ(json.exit_code, kExitServer);
  EXPECT_EQ(nlohmann::json::parse(json.out, nullptr, false)["firstBrokenSequence"], "7");
  EXPECT_EQ(nlohmann::json::parse(json.err, nullptr, false)["error"]["metadata"]["event"], "events/7");
}

}  // namespace
}  // namespace signet::cli
