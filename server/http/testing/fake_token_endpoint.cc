#include "server/http/testing/fake_token_endpoint.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace signet::http {

core::OAuthResult<core::AccessToken> FakeTokenEndpoint::IssueToken(const keystore::TenantId& tenant,
                                                                   const core::TokenRequest& request, int) {
  Call call;
  call.audience = request.audience;
  call.scope = request.scope;
  if (const auto error = Enter("IssueToken", tenant, request.client, std::move(call))) return *error;
  return core::AccessToken{absl::StrCat("token for ", request.audience), absl::Minutes(10), request.scope};
}

core::OAuthResult<std::string> FakeTokenEndpoint::Introspect(const keystore::TenantId& tenant, const core::ClientEvidence& client,
                                                             absl::string_view token) {
  Call call;
  call.token = std::string(token);
  if (const auto error = Enter("Introspect", tenant, client, std::move(call))) return *error;
  return std::string(token == "good" ? R"({"active":true,"client_id":"ci"})" : R"({"active":false})");
}

core::OAuthResult<std::monostate> FakeTokenEndpoint::Revoke(const keystore::TenantId& tenant, const core::ClientEvidence& client,
                                                            absl::string_view token) {
  Call call;
  call.token = std::string(token);
  if (const auto error = Enter("Revoke", tenant, client, std::move(call))) return *error;
  return std::monostate();
}

std::optional<core::OAuthError> FakeTokenEndpoint::Enter(const std::string& method, const keystore::TenantId& tenant,
                                                         const core::ClientEvidence& client, Call call) {
  call.method = method;
  call.tenant = tenant.value();
  call.client_id = client.client_id;
  call.secret = client.secret ? std::string(client.secret->Expose()) : "";
  call.assertion = client.assertion;
  call.peer_chain_pem = client.peer_chain_pem;
  const bool known = client.client_id == "ci" && call.secret == "correct";
  const bool proven = !client.assertion.empty() || (!client.secret && !client.peer_chain_pem.empty());

  MutexLock lock(mutex_);
  calls_.push_back(std::move(call));
  changed_.NotifyAll();
  while (held_) changed_.Wait(mutex_);
  if (error_) return error_;
  if (!known && !proven) return core::OAuthError{.error = "invalid_client", .description = "client authentication failed"};
  return std::nullopt;
}

void FakeTokenEndpoint::Hold() {
  MutexLock lock(mutex_);
  held_ = true;
}

void FakeTokenEndpoint::Release() {
  MutexLock lock(mutex_);
  held_ = false;
  changed_.NotifyAll();
}

bool FakeTokenEndpoint::WaitForCalls(size_t count) {
  MutexLock lock(mutex_);
  while (calls_.size() < count) {
    if (!changed_.WaitFor(mutex_, absl::Seconds(10))) return calls_.size() >= count;
  }
  return true;
}

void FakeTokenEndpoint::FailWith(const core::OAuthError& error) {
  MutexLock lock(mutex_);
  error_ = error;
}

std::vector<FakeTokenEndpoint::Call> FakeTokenEndpoint::calls() const {
  MutexLock lock(mutex_);
  return calls_;
}

}  // namespace signet::http
