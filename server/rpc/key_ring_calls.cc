#include "server/rpc/key_ring_calls.h"

#include <optional>
#include <utility>

#include "base/error.h"
#include "keystore/records.h"
#include "server/core/names.h"
#include "server/rpc/change_request_conversion.h"
#include "server/rpc/proto_conversion.h"
#include "server/rpc/required_field.h"
#include "server/rpc/update_conversion.h"

namespace signet::rpc {

absl::Status CreateKeyRing(core::KeyRings& rings, const core::Principal& caller, const v1::CreateKeyRingRequest& request,
                           v1::KeyRing& response) {
  SIGNET_ASSIGN_OR_RETURN(const keystore::TenantId tenant, core::ParseTenantName("parent", request.parent()));
  SIGNET_ASSIGN_OR_RETURN(const keystore::RingId id, core::CheckRingId("key_ring_id", request.key_ring_id()));
  const v1::KeyRing& wanted = request.key_ring();
  core::NewRing ring;
  SIGNET_ASSIGN_OR_RETURN(ring.algorithm, FromProto("key_ring.algorithm", wanted.algorithm()));
  SIGNET_ASSIGN_OR_RETURN(const std::optional<keystore::Protection> protection,
                          FromProto("key_ring.protection", wanted.protection()));
  ring.protection = protection.value_or(keystore::Protection::kToken);
  SIGNET_ASSIGN_OR_RETURN(ring.policy, FromProto("key_ring.policy", wanted.policy()));
  SIGNET_ASSIGN_OR_RETURN(ring.certificate, FromProto("key_ring.certificate_profile", wanted.certificate_profile()));
  SIGNET_ASSIGN_OR_RETURN(const core::RingView view,
                          rings.Create({tenant, id}, ring, ChangeRequestFromProto(request, caller.name, "")));
  response = ToProto(view);
  return absl::OkStatus();
}

absl::Status GetKeyRing(core::KeyRings& rings, const v1::GetKeyRingRequest& request, v1::KeyRing& response) {
  SIGNET_ASSIGN_OR_RETURN(const core::RingName name, core::ParseRingName("name", request.name()));
  SIGNET_ASSIGN_OR_RETURN(const core::RingView view, rings.Get(name));
  response = ToProto(view);
  return absl::OkStatus();
}

absl::Status ListKeyRings(core::KeyRings& rings, const v1::ListKeyRingsRequest& request, v1::ListKeyRingsResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const keystore::TenantId tenant, core::ParseTenantName("parent", request.parent()));
  SIGNET_ASSIGN_OR_RETURN(core::ListResult<core::RingView> list, rings.List(tenant, {request.page_size(), request.page_token()}));
  for (const core::RingView& view : list.items) *response.add_key_rings() = ToProto(view);
  response.set_next_page_token(std::move(list.next_page_token));
  return absl::OkStatus();
}

absl::Status UpdateKeyRing(core::KeyRings& rings, const core::Principal& caller, const v1::UpdateKeyRingRequest& request,
                           v1::KeyRing& response) {
  if (!request.has_key_ring()) return MissingField("key_ring");
  SIGNET_ASSIGN_OR_RETURN(const core::RingName name, core::ParseRingName("key_ring.name", request.key_ring().name()));
  SIGNET_ASSIGN_OR_RETURN(const core::RingUpdate update, RingUpdateFromProto(request.key_ring(), request.update_mask()));
  SIGNET_ASSIGN_OR_RETURN(const core::RingView view,
                          rings.Update(name, update, ChangeRequestFromProto(request, caller.name, request.key_ring().etag())));
  response = ToProto(view);
  return absl::OkStatus();
}

absl::Status DeleteKeyRing(core::KeyRings& rings, const core::Principal& caller, const v1::DeleteKeyRingRequest& request) {
  SIGNET_ASSIGN_OR_RETURN(const core::RingName name, core::ParseRingName("name", request.name()));
  return rings.Delete(name, ChangeRequestFromProto(request, caller.name, request.etag()));
}

}  // namespace signet::rpc
