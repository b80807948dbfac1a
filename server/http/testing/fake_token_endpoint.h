#ifndef SIGNET_SERVER_HTTP_TESTING_FAKE_TOKEN_ENDPOINT_H_
#define SIGNET_SERVER_HTTP_TESTING_FAKE_TOKEN_ENDPOINT_H_

#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"
#include "server/http/token_endpoint.h"

namespace signet::http {

// FakeTokenEndpoint knows one client: "ci" with the secret "correct", or any assertion, or any certificate. Its tokens are
// "token for AUDIENCE". Work can be held, so that a test sees what is under way. Thread-safe.
class FakeTokenEndpoint final : public TokenEndpoint {
 public:
  // What it was asked, as text.
  struct Call {
    std::string method;
    std::string tenant;
    std::string client_id;
    std::string secret;
    std::string assertion;
    std::string peer_chain_pem;
    std::string audience;
    std::string scope;
    std::string token;
  };

  core::OAuthResult<core::AccessToken> IssueToken(const keystore::TenantId& tenant, const core::TokenRequest& request,
                                                  int worker) override;
  core::OAuthResult<std::string> Introspect(const keystore::TenantId& tenant, const core::ClientEvidence& client,
                                            absl::string_view token) override;
  core::OAuthResult<std::monostate> Revoke(const keystore::TenantId& tenant, const core::ClientEvidence& client,
                                           absl::string_view token) override;

  // Has calls wait, from now on, until Release.
  void Hold();
  void Release();
  // Waits until `count` calls have come, all told; 10 s at most.
  bool WaitForCalls(size_t count);
  // Has every call fail, with `error`.
  void FailWith(const core::OAuthError& error);

  std::vector<Call> calls() const;

 private:
  // Notes a call, waits while calls are held, and checks the client.
  std::optional<core::OAuthError> Enter(const std::string& method, const keystore::TenantId& tenant,
                                        const core::ClientEvidence& client, Call call);

  mutable Mutex mutex_;
  CondVar changed_;
  bool held_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<core::OAuthError> error_ ABSL_GUARDED_BY(mutex_);
  std::vector<Call> calls_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_TESTING_FAKE_TOKEN_ENDPOINT_H_
