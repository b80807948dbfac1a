#ifndef SIGNET_SERVER_MAIN_ACCESS_H_
#define SIGNET_SERVER_MAIN_ACCESS_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/authentication_failures.h"
#include "server/core/authenticator.h"
#include "server/core/client_authentication.h"
#include "server/core/counted_failures.h"
#include "server/core/credential_directory.h"
#include "server/core/credential_uses.h"
#include "server/core/metrics.h"
#include "server/core/oauth.h"
#include "server/core/rate_limiter.h"
#include "server/core/services.h"
#include "server/core/tokens.h"
#include "server/core/trusted_certificates.h"
#include "server/main/client_authorities.h"
#include "signet/config/v1/config.pb.h"

namespace signet::server {

// Access is how callers and the clients of OAuth are recognised and counted, as the sections `authentication` and `quotas` of a
// configuration say. Its parts are thread-safe.
class Access {
 public:
  // `config` must be valid; the others are borrowed.
  //   the errors of ClientAuthorities, with the setting that they are about ahead
  static absl::StatusOr<std::unique_ptr<Access>> Create(const config::v1::Config& config, const core::Services& services,
                                                        const core::CredentialDirectory& credentials, const core::Tokens& tokens,
                                                        core::Metrics& metrics);

  core::Authenticator& authenticator() { return *authenticator_; }
  core::RateLimiter& rate_limiter() { return rate_limiter_; }
  const core::OAuth& oauth() const { return *oauth_; }
  // Those that vouch for the certificates of clients.
  const core::TrustedCertificates& authorities() const { return trusted_; }

  // Begins to write down who could not be recognised.
  void Start() { failures_.Start(); }
  // Writes down what is not yet. Nothing that is noted afterwards is. Idempotent.
  void Stop();

 private:
  Access(const config::v1::Config& config, const core::Services& services, core::Metrics& metrics);
  absl::Status Prepare(const config::v1::Authentication& authentication, const core::Services& services,
                       const core::CredentialDirectory& credentials, const core::Tokens& tokens);

  // What `aud` may be in tokens for this server's API.
  const std::vector<std::string> audiences_;
  core::RateLimiter rate_limiter_;
  core::AuthenticationFailures failures_;
  core::CountedFailures counted_failures_;
  core::CredentialUses uses_;
  core::TrustedCertificates trusted_;
  std::unique_ptr<ClientAuthorities> authorities_;
  std::unique_ptr<core::Authenticator> authenticator_;
  std::optional<core::ClientAuthentication> clients_;
  std::optional<core::OAuth> oauth_;
};

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_ACCESS_H_
