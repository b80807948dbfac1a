#include "server/rpc/wrapping_key_calls.h"

#include <utility>

#include "base/error.h"
#include "server/core/names.h"
#include "server/rpc/change_request_conversion.h"
#include "server/rpc/proto_conversion.h"

namespace signet::rpc {
namespace {

v1::WrappingKey KeyToProto(const core::WrappingKeyView& view) {
  v1::WrappingKey proto;
  const keystore::WrappingKeyRecord& record = view.record;
  // One that only would be made has no name yet.
  if (!record.uid.empty()) proto.set_name(core::FormatWrappingKeyName(record.uid));
  proto.set_state(static_cast<v1::WrappingKey::State>(record.state));
  proto.set_wrapped_key_count(view.wrapped_keys);
  *proto.mutable_create_time() = ToProto(record.create_time);
  if (record.current_time) *proto.mutable_current_time() = ToProto(*record.current_time);
  if (record.former_time) *proto.mutable_former_time() = ToProto(*record.former_time);
  if (record.destroy_time) *proto.mutable_destroy_time() = ToProto(*record.destroy_time);
  return proto;
}

}  // namespace

absl::Status ListWrappingKeys(core::WrappingKeys& keys, const v1::ListWrappingKeysRequest& request,
                              v1::ListWrappingKeysResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(core::ListResult<core::WrappingKeyView> list, keys.List({request.page_size(), request.page_token()}));
  for (const core::WrappingKeyView& view : list.items) *response.add_wrapping_keys() = KeyToProto(view);
  response.set_next_page_token(std::move(list.next_page_token));
  return absl::OkStatus();
}

absl::Status RotateWrappingKey(core::WrappingKeys& keys, const core::Principal& caller, const v1::RotateWrappingKeyRequest& request,
                               v1::WrappingKey& response) {
  SIGNET_ASSIGN_OR_RETURN(const core::WrappingKeyView view, keys.Rotate(ChangeRequestFromProto(request, caller.name, "")));
  response = KeyToProto(view);
  return absl::OkStatus();
}

absl::Status DestroyWrappingKey(core::WrappingKeys& keys, const core::Principal& caller,
                                const v1::DestroyWrappingKeyRequest& request, v1::WrappingKey& response) {
  SIGNET_ASSIGN_OR_RETURN(const keystore::WrappingKeyUid uid, core::ParseWrappingKeyName("name", request.name()));
  SIGNET_ASSIGN_OR_RETURN(const core::WrappingKeyView view, keys.Destroy(uid, ChangeRequestFromProto(request, caller.name, "")));
  response = KeyToProto(view);
  return absl::OkStatus();
}

}  // namespace signet::rpc
