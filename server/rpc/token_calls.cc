#include "server/rpc/token_calls.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "server/core/names.h"
#include "server/rpc/item_signing.h"
#include "server/rpc/proto_conversion.h"

namespace signet::rpc {

absl::Status Sign(const core::Tokens& tokens, const core::Principal& caller, hsm::Signer& signer, const v1::SignRequest& request,
                  v1::SignResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(core::RingName ring, core::ParseRingName("key_ring", request.key_ring()));
  return ItemSigning(tokens.SigningWith(std::move(ring), &caller.signing_profile), signer).Sign(request, response);
}

absl::Status SignToken(const core::Tokens& tokens, const core::Principal& caller, hsm::Signer& signer,
                       const v1::SignTokenRequest& request, v1::SignTokenResponse& response) {
  core::SignTokenCommand command;
  SIGNET_ASSIGN_OR_RETURN(command.ring, core::ParseRingName("key_ring", request.key_ring()));
  command.claims_json = request.claims_json();
  if (request.has_ttl()) {
    SIGNET_ASSIGN_OR_RETURN(command.ttl, FromProto("ttl", request.ttl()));
  }

  command.profile = &caller.signing_profile;
  SIGNET_ASSIGN_OR_RETURN(core::SignedToken token, tokens.SignToken(command, signer));
  response.set_token(std::move(token.token));
  response.set_key(core::FormatKeyName(token.key));
  response.set_token_id(std::move(token.token_id));
  *response.mutable_issue_time() = ToProto(token.issue_time);
  *response.mutable_expire_time() = ToProto(token.expire_time);
  return absl::OkStatus();
}

absl::Status VerifyToken(const core::Tokens& tokens, const v1::VerifyTokenRequest& request, v1::VerifyTokenResponse& response) {
  core::VerifyTokenCommand command;
  SIGNET_ASSIGN_OR_RETURN(command.tenant, core::ParseTenantName("parent", request.parent()));
  command.token = request.token();
  command.audience = request.audience();

  SIGNET_ASSIGN_OR_RETURN(core::VerifiedToken token, tokens.VerifyToken(command));
  response.set_key(core::FormatKeyName(token.key));
  response.set_header_json(std::move(token.header_json));
  response.set_claims_json(std::move(token.claims_json));
  *response.mutable_expire_time() = ToProto(token.expire_time);
  return absl::OkStatus();
}

absl::Status GetJwks(const core::KeyDirectory& directory, absl::Time now, const v1::GetJwksRequest& request, v1::Jwks& response) {
  SIGNET_ASSIGN_OR_RETURN(const keystore::TenantId id, core::ParseTenantName("parent", request.parent()));
  const std::shared_ptr<const core::TenantSnapshot> tenant = directory.FindTenant(id);
  if (!tenant) {
    return Error(absl::StatusCode::kNotFound, reason::kTenantNotFound, absl::StrCat(request.parent(), " does not exist"),
                 {{"tenant", request.parent()}});
  }
  const std::shared_ptr<const core::Jwks> jwks = directory.FindJwks(tenant);  // Shared with the directory.
  response.set_json(jwks->json);
  response.set_etag(jwks->etag);
  *response.mutable_max_age() = ToProto(tenant->jwks_life.MaxAge(now));
  return absl::OkStatus();
}

}  // namespace signet::rpc
