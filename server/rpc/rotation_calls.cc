#include "server/rpc/rotation_calls.h"

#include <optional>

#include "absl/time/time.h"
#include "base/error.h"
#include "server/core/names.h"
#include "server/rpc/change_request_conversion.h"
#include "server/rpc/proto_conversion.h"

namespace signet::rpc {
namespace {

// Both requests say in the same words how the rotation is to be done.
template <typename Request>
core::RotateCommand CommandOf(const Request& request) {
  core::RotateCommand command;
  command.purge = request.purge() ? keystore::Purge::kYes : keystore::Purge::kNo;
  command.force = request.force() ? keystore::Force::kYes : keystore::Force::kNo;
  return command;
}

}  // namespace

absl::Status RotateKeys(core::Keys& keys, const core::Principal& caller, const v1::RotateKeysRequest& request,
                        v1::RotateKeysResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const core::RingName ring, core::ParseRingName("name", request.name()));
  core::RotateCommand command = CommandOf(request);
  command.reason = request.reason();
  SIGNET_ASSIGN_OR_RETURN(const core::RotationResult result,
                          keys.Rotate(ring, command, ChangeRequestFromProto(request, caller.name, "")));
  *response.mutable_rotation() = ToProto(result.ring, result.rotation);
  for (const core::KeyView& key : result.keys) *response.add_keys() = ToProto(key);
  response.set_replayed(result.replayed);
  *response.mutable_effective_time() = ToProto(result.effective_time);
  response.mutable_warnings()->Add(result.warnings.begin(), result.warnings.end());
  return absl::OkStatus();
}

absl::Status PreviewRotation(core::Keys& keys, const v1::PreviewRotationRequest& request, v1::PreviewRotationResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const core::RingName ring, core::ParseRingName("name", request.name()));
  std::optional<absl::Time> start;
  if (request.has_start_time()) {
    SIGNET_ASSIGN_OR_RETURN(start, FromProto("start_time", request.start_time()));
  }
  SIGNET_ASSIGN_OR_RETURN(const core::RotationPreview preview, keys.PreviewRotation(ring, start, CommandOf(request)));
  *response.mutable_start_time() = ToProto(preview.start);
  for (const keystore::TimelineStep& step : preview.steps) {
    v1::PreviewRotationResponse::Step& proto = *response.add_steps();
    *proto.mutable_time() = ToProto(step.time);
    // The numbers are those of the proto's enum.
    proto.set_action(static_cast<v1::PreviewRotationResponse::Step::Action>(step.action));
    if (!step.key.empty()) proto.set_key(core::FormatKeyName({ring, step.key}));
  }
  return absl::OkStatus();
}

}  // namespace signet::rpc
