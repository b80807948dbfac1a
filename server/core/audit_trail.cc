#include "server/core/audit_trail.h"

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "server/core/names.h"
#include "server/core/page_token.h"

namespace signet::core {
namespace {

using keystore::Event;

constexpr size_t kMaxResourceLength = 512;
constexpr size_t kMaxTextLength = 128;

absl::Status CheckLength(absl::string_view field, const std::string& text, size_t limit) {
  if (text.size() <= limit) return absl::OkStatus();
  return InvalidField(field, absl::StrCat("must have at most ", limit, " bytes"));
}

absl::Status CheckLengths(const EventQuery& query) {
  SIGNET_RETURN_IF_ERROR(CheckLength("resource", query.resource, kMaxResourceLength));
  SIGNET_RETURN_IF_ERROR(CheckLength("action", query.action, kMaxTextLength));
  SIGNET_RETURN_IF_ERROR(CheckLength("actor", query.actor, kMaxTextLength));
  return CheckLength("request_id", query.request_id, kMaxTextLength);
}

std::string TextOf(const std::optional<absl::Time>& time) {
  return time.has_value() ? absl::FormatTime(absl::RFC3339_full, *time, absl::UTCTimeZone()) : "";
}

ListScope ScopeOf(const EventQuery& query) {
  const bool newest_first = query.order == EventQuery::Order::kNewestFirst;
  return {"ListEvents",
          {query.tenant.has_value() ? query.tenant->value() : "", query.resource, query.action, query.actor, query.request_id,
           TextOf(query.start_time), TextOf(query.end_time), newest_first ? "newest first" : "oldest first"}};
}

// The tenant of that id, which may be deleted.
absl::StatusOr<keystore::TenantRecord> FindFormerTenant(keystore::KeyStore& store, const keystore::TenantId& id) {
  SIGNET_ASSIGN_OR_RETURN(std::optional<keystore::TenantRecord> tenant, store.GetTenant(id));
  if (tenant.has_value()) return *std::move(tenant);
  return Error(absl::StatusCode::kNotFound, reason::kTenantNotFound, absl::StrCat("there is no ", FormatTenantName(id)),
               {{"tenant", FormatTenantName(id)}});
}

}  // namespace

absl::StatusOr<ListResult<Event>> AuditTrail::List(const EventQuery& query, const ListRequest& request) {
  SIGNET_RETURN_IF_ERROR(CheckLengths(query));
  const ListScope scope = ScopeOf(query);
  SIGNET_ASSIGN_OR_RETURN(keystore::Page page, ToNumberedPage(scope, request));
  if (query.tenant.has_value()) SIGNET_RETURN_IF_ERROR(FindFormerTenant(store_, *query.tenant).status());
  ListResult<Event> result;
  SIGNET_ASSIGN_OR_RETURN(result.items, store_.ListEvents(query, WithLookAhead(page)));
  page.limit = CountThatFit(result.items, page.limit,
                            [](const Event& event) { return event.before.size() + event.after.size() + event.resource.size(); });
  result.next_page_token = EndPage(scope, page, result.items, [](const Event& event) { return absl::StrCat(event.sequence); });
  return result;
}

absl::StatusOr<ListResult<Event>> AuditTrail::ListFor(const Principal& caller, EventQuery query, const ListRequest& request) {
  if (!ReachesAll(caller)) {
    if (!query.tenant) query.tenant = caller.tenant;
    SIGNET_ASSIGN_OR_RETURN(const keystore::TenantRecord tenant, FindFormerTenant(store_, *query.tenant));
    query.start_time = std::max(query.start_time.value_or(absl::InfinitePast()), tenant.create_time);
  }
  return List(query, request);
}

absl::StatusOr<AuditReport> AuditTrail::Verify(int64_t start_sequence) {
  if (start_sequence < 0) return InvalidField("start_sequence", "is below 0");
  if (verifying_.exchange(true)) {
    return Error(absl::StatusCode::kResourceExhausted, reason::kQueueFull,
                 "the audit log is being verified for another caller; try again later");
  }
  absl::StatusOr<AuditReport> report = VerifyAuditLog(store_, start_sequence);
  verifying_ = false;
  return report;
}

}  // namespace signet::core
