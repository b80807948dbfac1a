#ifndef SIGNET_SERVER_HTTP_CORE_TOKEN_ENDPOINT_H_
#define SIGNET_SERVER_HTTP_CORE_TOKEN_ENDPOINT_H_

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "hsm/hsm.h"
#include "keystore/ids.h"
#include "server/core/oauth.h"
#include "server/http/token_endpoint.h"

namespace signet::http {

// CoreTokenEndpoint is core::OAuth, which signs with the signer of the worker that asks.
class CoreTokenEndpoint final : public TokenEndpoint {
 public:
  // Borrowed: `signers` has one for each worker of the token executor.
  CoreTokenEndpoint(const core::OAuth& oauth, const std::vector<std::unique_ptr<hsm::Signer>>& signers)
      : oauth_(oauth), signers_(signers) {}

  core::OAuthResult<core::AccessToken> IssueToken(const keystore::TenantId& tenant, const core::TokenRequest& request,
                                                  int worker) override {
    return oauth_.IssueToken(tenant, request, *signers_[static_cast<size_t>(worker)]);
  }
  core::OAuthResult<std::string> Introspect(const keystore::TenantId& tenant, const core::ClientEvidence& client,
                                            absl::string_view token) override {
    return oauth_.Introspect(tenant, client, token);
  }
  core::OAuthResult<std::monostate> Revoke(const keystore::TenantId& tenant, const core::ClientEvidence& client,
                                           absl::string_view token) override {
    return oauth_.Revoke(tenant, client, token);
  }

 private:
  const core::OAuth& oauth_;
  const std::vector<std::unique_ptr<hsm::Signer>>& signers_;
};

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_CORE_TOKEN_ENDPOINT_H_
