#include "clients/cli/audit_commands.h"

#include <algorithm>
#include <limits>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "clients/cli/failure.h"
#include "clients/cli/parameters.h"
#include "clients/cli/session.h"
#include "signet/v1/audit_service.pb.h"

namespace signet::cli {
namespace {

using AuditStub = v1::AuditService::Stub;

// An event holds two stored records, some 10 KiB each at most; the page then stays below gRPC's limit of 4 MiB.
constexpr int kPageSize = 200;

absl::StatusOr<v1::ListEventsRequest> RequestOf(const Session& session) {
  const Values& values = session.values();
  v1::ListEventsRequest request;
  if (session.NamesTenant()) {
    SIGNET_ASSIGN_OR_RETURN(*request.mutable_parent(), session.Tenant());
  }
  request.set_resource(values.Get("resource"));
  request.set_action(values.Get("action-name"));
  request.set_actor(values.Get("actor"));
  request.set_request_id(values.Get("request-id"));
  if (values.Has("since")) {
    SIGNET_ASSIGN_OR_RETURN(*request.mutable_start_time(), ReadTimeOf("since", values.Get("since")));
  }
  if (values.Has("until")) {
    SIGNET_ASSIGN_OR_RETURN(*request.mutable_end_time(), ReadTimeOf("until", values.Get("until")));
  }
  request.set_newest_first(values.IsTrue("newest-first"));
  return request;
}

// Lists page by page until there are `limit` events. Whether there are more, the reply's next_page_token says.
absl::StatusOr<v1::ListEventsResponse> ListUpTo(Session& session, v1::ListEventsRequest request, int limit) {
  v1::ListEventsResponse all;
  do {
    request.set_page_size(std::min(kPageSize, limit - all.events_size()));
    SIGNET_ASSIGN_OR_RETURN(const v1::ListEventsResponse page, session.Call(&AuditStub::ListEvents, request));
    if (!page.next_page_token().empty() && page.next_page_token() == request.page_token()) {
      return Defect("the server repeats a page token");
    }
    request.set_page_token(page.next_page_token());
    all.clear_next_page_token();
    all.MergeFrom(page);
  } while (!request.page_token().empty() && all.events_size() < limit);
  return all;
}

absl::Status List(Session& session) {
  int limit = std::numeric_limits<int>::max();
  if (session.values().Has("limit")) {
    SIGNET_ASSIGN_OR_RETURN(limit, ParseCount("limit", session.values().Get("limit")));
  }
  SIGNET_ASSIGN_OR_RETURN(const v1::ListEventsRequest request, RequestOf(session));
  SIGNET_ASSIGN_OR_RETURN(const v1::ListEventsResponse reply, ListUpTo(session, request, limit));
  Table table{{"Sequence", "Time", "Actor", "Action", "Resource", "Request ID"}, {}};
  for (const v1::Event& event : reply.events()) {
    table.rows.push_back({absl::StrCat(event.sequence()), DateOf(event.time()), event.actor(), event.action(), event.resource(),
                          event.request_id()});
  }
  session.printer().PrintList(reply, table);
  return absl::OkStatus();
}

Fields Describe(const v1::VerifyAuditLogResponse& reply) {
  const v1::AuditSeal& seal = reply.last_seal();
  return WithoutEmpty({
      {"Events", absl::StrCat(reply.events())},
      {"Seals", absl::StrCat(reply.seals())},
      {"Last event", absl::StrCat(reply.last_sequence())},
      {"Sealed up to", reply.has_last_seal() ? absl::StrCat(seal.sealed_sequence()) : ""},
      {"Hash there", absl::BytesToHexString(seal.sealed_hash())},
      {"Sealed at", DateOf(seal.time())},
      {"Sealed by", seal.key()},
  });
}

absl::Status Verify(Session& session) {
  v1::VerifyAuditLogRequest request;
  if (session.values().Has("start")) {
    SIGNET_ASSIGN_OR_RETURN(const int start, ParseCount("start", session.values().Get("start")));
    request.set_start_sequence(start);
  }
  SIGNET_ASSIGN_OR_RETURN(const v1::VerifyAuditLogResponse reply, session.Call(&AuditStub::VerifyAuditLog, request));
  if (reply.intact()) {
    session.printer().PrintReply(reply, "The audit trail is intact", Describe(reply));
    return absl::OkStatus();
  }
  // In JSON the reply, as it is an answer; in text the failure says it all.
  session.printer().PrintBytes(reply, "");
  const std::string broken = absl::StrCat(reply.first_broken_sequence());
  return Error(absl::StatusCode::kDataLoss, kAuditBrokenReason,
               absl::StrCat("the audit trail is broken at event ", broken, ": ", reply.problem()),
               {{"event", absl::StrCat("events/", broken)}});
}

}  // namespace

std::vector<Command> AuditCommands() {
  return {
      {"list", "security/audit",
       "List what was changed, by whom and when, the oldest first. With --format json it shows the records before and after, too. "
       "Without a scope and a target: of all tenants, and what belongs to none.",
       Join({{{.name = "resource",
               .value = "NAME",
               .doc = "Only what happened to the resource with this full name, such as tenants/dev/keyRings/access-token, and to "
                      "those below it."},
              {.name = "action-name", .value = "NAME", .doc = "Only this action, such as EnableKey or KeySuperseded."},
              {.name = "actor", .value = "NAME", .doc = "Only what this principal did; system is Signet itself."},
              {.name = "request-id", .value = "ID", .doc = "Only what the call with this request id did."},
              {.name = "since", .value = "TIME", .doc = "Only events at this time or later."},
              {.name = "until", .value = "TIME", .doc = "Only events before this time."},
              {.name = "newest-first", .kind = ParameterKind::kBool, .doc = "The newest first."},
              {.name = "limit", .value = "N", .doc = "How many at most. Default: all."}},
             ScopeParameters()}),
       List},
      {"verify",
       "security/audit",
       "Prove that nobody has changed, removed or added events behind Signet's back: each event has a hash over itself and the one "
       "before it, and an HSM key seals them at intervals. If the trail is not intact, the first broken event is named, and the "
       "exit code is not 0.",
       {{.name = "start", .value = "SEQUENCE", .doc = "Begin with this event, and take the hash of the one before it as it is."}},
       Verify},
  };
}

}  // namespace signet::cli
