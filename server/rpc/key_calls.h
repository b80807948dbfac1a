#ifndef SIGNET_SERVER_RPC_KEY_CALLS_H_
#define SIGNET_SERVER_RPC_KEY_CALLS_H_

#include "absl/status/status.h"
#include "server/core/keys.h"
#include "server/core/principal.h"
#include "signet/v1/key_service.pb.h"
#include "signet/v1/signing_key.pb.h"

namespace signet::rpc {

// The methods of signet.v1.KeyService on the life of keys: each reads a request, has `keys` do it and fills the response. All block
// on store or HSM. The errors are those that the proto documents; beside those of core::Keys
//   kInvalidArgument  MISSING_FIELD, INVALID_NAME: a field of the request
absl::Status CreateKey(core::Keys& keys, const core::Principal& caller, const v1::CreateKeyRequest& request,
                       v1::SigningKey& response);
absl::Status GetKey(core::Keys& keys, const v1::GetKeyRequest& request, v1::SigningKey& response);
absl::Status ListKeys(core::Keys& keys, const v1::ListKeysRequest& request, v1::ListKeysResponse& response);
absl::Status EnableKey(core::Keys& keys, const core::Principal& caller, const v1::EnableKeyRequest& request,
                       v1::SigningKey& response);
absl::Status DisableKey(core::Keys& keys, const core::Principal& caller, const v1::DisableKeyRequest& request,
                        v1::SigningKey& response);
absl::Status RevokeKey(core::Keys& keys, const core::Principal& caller, const v1::RevokeKeyRequest& request,
                       v1::SigningKey& response);
absl::Status DeleteKey(core::Keys& keys, const core::Principal& caller, const v1::DeleteKeyRequest& request,
                       v1::SigningKey& response);
absl::Status GetPublicKey(core::Keys& keys, const v1::GetPublicKeyRequest& request, v1::PublicKey& response);

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_KEY_CALLS_H_
