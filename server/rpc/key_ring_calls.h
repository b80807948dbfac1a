#ifndef SIGNET_SERVER_RPC_KEY_RING_CALLS_H_
#define SIGNET_SERVER_RPC_KEY_RING_CALLS_H_

#include "absl/status/status.h"
#include "server/core/key_rings.h"
#include "server/core/principal.h"
#include "signet/v1/key_ring.pb.h"
#include "signet/v1/key_service.pb.h"

namespace signet::rpc {

// The methods of signet.v1.KeyService on key rings: each reads a request, has `rings` do it and fills the response. All block on
// the store. The errors are those that the proto documents; beside those of core::KeyRings
//   kInvalidArgument  MISSING_FIELD, INVALID_FIELD, INVALID_NAME: a field of the request
absl::Status CreateKeyRing(core::KeyRings& rings, const core::Principal& caller, const v1::CreateKeyRingRequest& request,
                           v1::KeyRing& response);
absl::Status GetKeyRing(core::KeyRings& rings, const v1::GetKeyRingRequest& request, v1::KeyRing& response);
absl::Status ListKeyRings(core::KeyRings& rings, const v1::ListKeyRingsRequest& request, v1::ListKeyRingsResponse& response);
absl::Status UpdateKeyRing(core::KeyRings& rings, const core::Principal& caller, const v1::UpdateKeyRingRequest& request,
                           v1::KeyRing& response);
absl::Status DeleteKeyRing(core::KeyRings& rings, const core::Principal& caller, const v1::DeleteKeyRingRequest& request);

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_KEY_RING_CALLS_H_
