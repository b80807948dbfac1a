#ifndef SIGNET_SERVER_RPC_ROTATION_CALLS_H_
#define SIGNET_SERVER_RPC_ROTATION_CALLS_H_

#include "absl/status/status.h"
#include "server/core/keys.h"
#include "server/core/principal.h"
#include "signet/v1/key_service.pb.h"

namespace signet::rpc {

// The methods of signet.v1.KeyService on the rotation of rings: each reads a request, has `keys` do it and fills the response. Both
// block on the store, RotateKeys on the HSM too. The errors are those that the proto documents; beside those of core::Keys
//   kInvalidArgument  MISSING_FIELD, INVALID_NAME, INVALID_FIELD: a field of the request
absl::Status RotateKeys(core::Keys& keys, const core::Principal& caller, const v1::RotateKeysRequest& request,
                        v1::RotateKeysResponse& response);
absl::Status PreviewRotation(core::Keys& keys, const v1::PreviewRotationRequest& request, v1::PreviewRotationResponse& response);

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_ROTATION_CALLS_H_
