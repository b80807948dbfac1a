#ifndef SIGNET_SERVER_RPC_WRAPPING_KEY_CALLS_H_
#define SIGNET_SERVER_RPC_WRAPPING_KEY_CALLS_H_

#include "absl/status/status.h"
#include "server/core/principal.h"
#include "server/core/wrapping_keys.h"
#include "signet/v1/key_service.pb.h"
#include "signet/v1/wrapping_key.pb.h"

namespace signet::rpc {

// The methods of signet.v1.KeyService on wrapping keys: each reads a request, has `keys` do it and fills the response. All block on
// the store, those that change something on the HSM, too. The errors are those that the proto documents; beside those of
// core::WrappingKeys
//   kInvalidArgument  MISSING_FIELD, INVALID_NAME: a field of the request
absl::Status ListWrappingKeys(core::WrappingKeys& keys, const v1::ListWrappingKeysRequest& request,
                              v1::ListWrappingKeysResponse& response);
absl::Status RotateWrappingKey(core::WrappingKeys& keys, const core::Principal& caller, const v1::RotateWrappingKeyRequest& request,
                               v1::WrappingKey& response);
absl::Status DestroyWrappingKey(core::WrappingKeys& keys, const core::Principal& caller,
                                const v1::DestroyWrappingKeyRequest& request, v1::WrappingKey& response);

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_WRAPPING_KEY_CALLS_H_
