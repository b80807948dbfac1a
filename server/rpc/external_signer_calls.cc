#include "server/rpc/external_signer_calls.h"

#include <utility>

#include "absl/time/time.h"
#include "base/error.h"
#include "server/rpc/proto_conversion.h"

namespace signet::rpc {

absl::Status Sign(const core::ServiceAccountSigner& accounts, hsm::Signer& signer, const ::v1::SignJWTRequest& request,
                  ::v1::SignJWTResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(core::ServiceAccountJwt jwt, accounts.Sign(request.claims(), signer));
  response.set_header(std::move(jwt.header));
  response.set_signature(std::move(jwt.signature));
  return absl::OkStatus();
}

absl::Status FetchKeys(const core::ServiceAccountSigner& accounts, ::v1::FetchKeysResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(core::VerificationKeys keys, accounts.Keys());
  for (core::VerificationKeys::Key& key : keys.keys) {
    ::v1::Key& added = *response.add_keys();
    added.set_key_id(std::move(key.kid));
    added.set_key(std::move(key.spki_der));
  }
  *response.mutable_data_timestamp() = ToProto(keys.data_time);
  response.set_refresh_hint_seconds(absl::ToInt64Seconds(keys.refresh_hint));
  return absl::OkStatus();
}

absl::Status Metadata(const core::ServiceAccountSigner& accounts, ::v1::MetadataResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const absl::Duration max, accounts.MaxExpiration());
  response.set_max_token_expiration_seconds(absl::ToInt64Seconds(max));
  return absl::OkStatus();
}

}  // namespace signet::rpc
