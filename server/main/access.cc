#include "server/main/access.h"

#include <utility>

#include "base/error.h"
#include "server/core/access.h"
#include "server/core/names.h"
#include "server/core/token_authenticator.h"
#include "server/main/access_options.h"

namespace signet::server {
namespace {

namespace v1 = config::v1;

std::vector<std::string> ApiAudiences(const v1::Authentication& authentication, const std::string& public_url) {
  std::vector<std::string> audiences = {public_url};
  audiences.insert(audiences.end(), authentication.audiences().begin(), authentication.audiences().end());
  return audiences;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Access>> Access::Create(const v1::Config& config, const core::Services& services,
                                                       const core::CredentialDirectory& credentials, const core::Tokens& tokens,
                                                       core::Metrics& metrics) {
  std::unique_ptr<Access> access(new Access(config, services, metrics));
  SIGNET_RETURN_IF_ERROR(access->Prepare(config.authentication(), services, credentials, tokens));
  return access;
}

Access::Access(const v1::Config& config, const core::Services& services, core::Metrics& metrics)
    : audiences_(ApiAudiences(config.authentication(), services.public_url)),
      rate_limiter_(ToRateLimits(config.quotas()), services.clock),
      failures_(core::AuthenticationFailures::Options(), services.store, services.clock, services.logger),
      counted_failures_(failures_, metrics),
      uses_(core::CredentialUses::Options(), services.store) {}

absl::Status Access::Prepare(const v1::Authentication& authentication, const core::Services& services,
                             const core::CredentialDirectory& credentials, const core::Tokens& tokens) {
  if (!authentication.client_ca_file().empty()) {
    auto authorities = ClientAuthorities::Create({authentication.client_ca_file()}, trusted_, services.logger);
    if (!authorities.ok()) return Annotate(authorities.status(), "authentication.client_ca_file");
    authorities_ = *std::move(authorities);
  }
  if (authentication.disabled()) {
    authenticator_ = std::make_unique<core::OpenAuthenticator>();
  } else {
    core::TokenAuthenticator::Options options;
    options.tokens.audiences = audiences_;
    options.tokens.observer = &counted_failures_;
    options.certificates.identities = ToIdentities(authentication);
    options.certificates.observer = &counted_failures_;
    authenticator_ = std::make_unique<core::TokenAuthenticator>(options, services.directory, credentials, trusted_, services.clock);
  }
  clients_.emplace(core::ClientAuthentication::Options{.observer = &counted_failures_, .uses = &uses_}, services, credentials,
                   trusted_);
  core::OAuth::Options options;
  options.audiences = audiences_;
  // The HTTP listener has counted the request by what it claimed; this counts who it really was.
  options.admit = [this](const keystore::CredentialRecord& client) {
    return rate_limiter_.Count(core::CallClass::kToken, core::FormatCredentialName({client.tenant, client.id}), std::nullopt)
        .status;
  };
  oauth_.emplace(std::move(options), services, credentials, tokens, *clients_);
  return absl::OkStatus();
}

void Access::Stop() {
  uses_.Stop();
  failures_.Stop();
}

}  // namespace signet::server
