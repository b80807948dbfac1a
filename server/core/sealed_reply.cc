#include "server/core/sealed_reply.h"

#include "base/error.h"
#include "base/secret.h"
#include "hsm/sealed_secret.h"

namespace signet::core {

// Whether a key can be sealed to shows when something is.
absl::Status CheckSealingKey(const std::string& jwk) { return hsm::SealToJwk(Secret("nothing"), jwk).status(); }

absl::Status SealReply(const std::string& jwk, IssuedCredential& issued) {
  if (jwk.empty()) return absl::OkStatus();
  const Secret& shown = issued.client_secret.empty() ? issued.private_key_pem : issued.client_secret;
  SIGNET_ASSIGN_OR_RETURN(issued.sealed_secret, hsm::SealToJwk(shown, jwk));
  issued.client_secret = Secret();
  issued.private_key_pem = Secret();
  return absl::OkStatus();
}

}  // namespace signet::core
