#ifndef SIGNET_TESTS_INTEGRATION_SCRIPTED_AUTHENTICATOR_H_
#define SIGNET_TESTS_INTEGRATION_SCRIPTED_AUTHENTICATOR_H_

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "base/mutex.h"
#include "server/core/authenticator.h"

namespace signet::testing {

// ScriptedAuthenticator knows the callers that a test names, by the tokens that the test gives them, and remembers what it last
// saw. Thread-safe.
class ScriptedAuthenticator final : public core::Authenticator {
 public:
  // From now on, `token` is that of `principal`.
  void Set(const std::string& token, core::Principal principal) {
    MutexLock lock(mutex_);
    principals_["Bearer " + token] = std::make_shared<const core::Principal>(std::move(principal));
  }
  void Remove(const std::string& token) {
    MutexLock lock(mutex_);
    principals_.erase("Bearer " + token);
  }
  // From now on, a caller without a token is `principal`.
  void SetAnonymous(core::Principal principal) {
    MutexLock lock(mutex_);
    principals_[""] = std::make_shared<const core::Principal>(std::move(principal));
  }
  // The certificates that the last caller presented.
  std::string last_peer_chain() const {
    MutexLock lock(mutex_);
    return last_peer_chain_;
  }

  absl::StatusOr<std::shared_ptr<const core::Principal>> Authenticate(const core::CallEvidence& evidence) override {
    MutexLock lock(mutex_);
    last_peer_chain_ = std::string(evidence.peer_chain_pem);
    const auto found = principals_.find(std::string(evidence.authorization));
    if (found != principals_.end()) return found->second;
    if (evidence.authorization.empty()) {
      return Error(absl::StatusCode::kUnauthenticated, reason::kCredentialsMissing, "the call has no credentials");
    }
    return Error(absl::StatusCode::kUnauthenticated, reason::kBearerTokenInvalid, "the bearer token does not count");
  }

 private:
  mutable Mutex mutex_;
  // By the value of `authorization`. Shared with the calls.
  std::map<std::string, std::shared_ptr<const core::Principal>> principals_ ABSL_GUARDED_BY(mutex_);
  std::string last_peer_chain_ ABSL_GUARDED_BY(mutex_);
};

// A principal of `tenant`, named after it and `name`.
inline core::Principal PrincipalOf(const std::string& tenant, core::ScopeSet scopes = core::ScopeSet::All(),
                                   const std::string& name = "ci") {
  return {.name = "tenants/" + tenant + "/credentials/" + name, .tenant = keystore::TenantId(tenant), .scopes = scopes};
}

}  // namespace signet::testing

#endif  // SIGNET_TESTS_INTEGRATION_SCRIPTED_AUTHENTICATOR_H_
