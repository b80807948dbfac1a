#include "server/core/token_authenticator.h"

#include <optional>

#include "absl/strings/string_view.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "server/core/bearer_token.h"

namespace signet::core {

absl::StatusOr<std::shared_ptr<const Principal>> TokenAuthenticator::Authenticate(const CallEvidence& evidence) {
  if (const std::optional<absl::string_view> token = FindBearerToken(evidence.authorization)) {
    return tokens_.Authenticate(*token, evidence.peer_chain_pem);
  }
  // Who tries another way does not mean to be known by the certificate.
  if (!evidence.authorization.empty()) {
    if (observer_ != nullptr) observer_->OnFailure({.reason = "AUTHORIZATION_SCHEME"});
    return Error(absl::StatusCode::kUnauthenticated, reason::kCredentialsMissing,
                 "authorization is of another scheme than bearer: get an access token from the token endpoint");
  }
  if (evidence.peer_chain_pem.empty()) {
    return Error(absl::StatusCode::kUnauthenticated, reason::kCredentialsMissing,
                 "the call has neither a bearer token nor a client certificate");
  }
  return certificates_.Authenticate(evidence.peer_chain_pem);
}

}  // namespace signet::core
