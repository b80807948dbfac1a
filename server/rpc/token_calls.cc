#include "server/rpc/token_calls.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "server/core/names.h"
#include "server/rpc/proto_conversion.h"
#include "server/rpc/required_field.h"

namespace signet::rpc {

absl::Status Sign(const core::Tokens& tokens, const core::Principal& caller, hsm::Signer& signer, const v1::SignRequest& request,
                  v1::SignResponse& response) {
  core::SignCommand command;
  SIGNET_ASSIGN_OR_RETURN(command.ring, core::ParseRingName("key_ring", request.key_ring()));
  switch (request.input_case()) {
    case v1::SignRequest::kDigest:
      command.input = core::DigestInput{request.digest()};
      break;
    case v1::SignRequest::kData:
      command.input = core::DataInput{request.data()};
      break;
    case v1::SignRequest::INPUT_NOT_SET:
      return MissingField("input");
  }
  if (request.has_input_crc32c()) command.input_crc32c = request.input_crc32c();
  SIGNET_ASSIGN_OR_RETURN(const std::optional<core::SignatureFormat> format,
                          FromProto("signature_format", request.signature_format()));
  command.format = format.value_or(core::SignatureFormat::kRaw);

  command.profile = &caller.signing_profile;
  SIGNET_ASSIGN_OR_RETURN(core::Signature signature, tokens.Sign(command, signer));
  response.set_key(core::FormatKeyName(signature.key));
  response.set_algorithm(ToProto(signature.algorithm));
  response.set_signature_crc32c(Crc32c(signature.bytes));
  response.set_signature(std::move(signature.bytes));
  response.set_input_crc32c_verified(request.has_input_crc32c());
  return absl::OkStatus();
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
  response.set_json(tenant->jwks.json);
  response.set_etag(tenant->jwks.etag);
  *response.mutable_max_age() = ToProto(tenant->jwks.MaxAge(now));
  return absl::OkStatus();
}

}  // namespace signet::rpc
