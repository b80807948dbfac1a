#include "server/rpc/audit_calls.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "server/core/names.h"
#include "server/rpc/proto_conversion.h"

namespace signet::rpc {
namespace {

absl::StatusOr<core::EventQuery> QueryFromProto(const v1::ListEventsRequest& request) {
  core::EventQuery query;
  if (!request.parent().empty()) {
    SIGNET_ASSIGN_OR_RETURN(query.tenant, core::ParseTenantName("parent", request.parent()));
  }
  query.resource = request.resource();
  query.action = request.action();
  query.actor = request.actor();
  query.request_id = request.request_id();
  if (request.has_start_time()) {
    SIGNET_ASSIGN_OR_RETURN(query.start_time, FromProto("start_time", request.start_time()));
  }
  if (request.has_end_time()) {
    SIGNET_ASSIGN_OR_RETURN(query.end_time, FromProto("end_time", request.end_time()));
  }
  query.order = request.newest_first() ? core::EventQuery::Order::kNewestFirst : core::EventQuery::Order::kOldestFirst;
  return query;
}

v1::Event EventToProto(keystore::Event event) {
  v1::Event proto;
  proto.set_name(absl::StrCat("events/", event.sequence));
  proto.set_sequence(event.sequence);
  *proto.mutable_time() = ToProto(event.time);
  proto.set_actor(std::move(event.actor));
  proto.set_action(std::move(event.action));
  proto.set_resource(std::move(event.resource));
  proto.set_request_id(std::move(event.request_id));
  proto.set_before_json(std::move(event.before));
  proto.set_after_json(std::move(event.after));
  proto.set_hash(std::move(event.hash));
  return proto;
}

void SealToProto(core::AuditSeal seal, v1::AuditSeal& proto) {
  proto.set_sequence(seal.sequence);
  *proto.mutable_time() = ToProto(seal.time);
  proto.set_sealed_sequence(seal.sealed_sequence);
  proto.set_sealed_hash(std::move(seal.sealed_hash));
  proto.set_key(core::FormatKeyName(seal.key));
}

}  // namespace

absl::Status ListEvents(core::AuditTrail& trail, const core::Principal& caller, const v1::ListEventsRequest& request,
                        v1::ListEventsResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const core::EventQuery query, QueryFromProto(request));
  SIGNET_ASSIGN_OR_RETURN(core::ListResult<keystore::Event> list,
                          trail.ListFor(caller, query, {request.page_size(), request.page_token()}));
  for (keystore::Event& event : list.items) *response.add_events() = EventToProto(std::move(event));
  response.set_next_page_token(std::move(list.next_page_token));
  return absl::OkStatus();
}

absl::Status VerifyAuditLog(core::AuditTrail& trail, const v1::VerifyAuditLogRequest& request,
                            v1::VerifyAuditLogResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(core::AuditReport report, trail.Verify(request.start_sequence()));
  response.set_intact(!report.first_break.has_value());
  response.set_events(report.events);
  response.set_seals(report.seals);
  response.set_last_sequence(report.last_sequence);
  if (report.last_seal) SealToProto(*std::move(report.last_seal), *response.mutable_last_seal());
  if (report.first_break) {
    response.set_first_broken_sequence(report.first_break->sequence);
    response.set_problem(std::move(report.first_break->problem));
  }
  return absl::OkStatus();
}

}  // namespace signet::rpc
