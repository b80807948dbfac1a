#ifndef SIGNET_SERVER_RPC_ITEM_SIGNING_H_
#define SIGNET_SERVER_RPC_ITEM_SIGNING_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "hsm/hsm.h"
#include "keystore/ids.h"
#include "server/core/digest_signing.h"
#include "signet/v1/key_service.pb.h"

namespace signet::rpc {

// ItemSigning reads what is to be signed, has it signed, and fills the reply, for one item after another. Thread-compatible.
class ItemSigning {
 public:
  // `signer` is borrowed: the worker's own.
  ItemSigning(core::DigestSigning signing, hsm::Signer& signer) : signing_(std::move(signing)), signer_(signer) {}

  // Blocks on the HSM. After an error, `response` may be filled in part.
  //   kInvalidArgument  MISSING_FIELD, INVALID_FIELD: a field of the request
  //   as core::DigestSigning::Sign
  absl::Status Sign(const v1::SignRequest& request, v1::SignResponse& response) { return SignAny(request, response); }
  absl::Status Sign(const v1::SigningInput& input, v1::SignResponse& response) { return SignAny(input, response); }

 private:
  template <typename Input>
  absl::Status SignAny(const Input& input, v1::SignResponse& response);
  // The name of the key that made the last signature.
  const std::string& KeyName();

  core::DigestSigning signing_;
  hsm::Signer& signer_;
  // Of the key of the ring that has `kid_`.
  std::string key_name_;
  keystore::Kid kid_;
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_ITEM_SIGNING_H_
