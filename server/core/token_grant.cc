#include "server/core/token_grant.h"

#include <algorithm>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "server/core/canonical_scope.h"
#include "server/core/live_credential.h"

namespace signet::core {
namespace {

// An audience of a credential, and what it has there.
struct Target {
  std::string audience;
  std::vector<std::string> scopes;
  bool is_own_api = false;
};

bool Holds(const std::vector<std::string>& audiences, const std::string& audience) {
  return std::find(audiences.begin(), audiences.end(), audience) != audiences.end();
}

OAuthResult<Target> FindTarget(const keystore::CredentialRecord& credential, const std::vector<std::string>& own_audiences,
                               const std::string& wanted) {
  const ScopeSet own_scopes = ScopesOf(credential);
  const bool names_own = Holds(own_audiences, wanted);
  if (!own_scopes.empty() && !own_audiences.empty() && (wanted.empty() || names_own)) {
    return Target{wanted.empty() ? own_audiences.front() : wanted, ToWords(own_scopes), true};
  }
  // Signet's API never comes from a grant, whatever a stored one says: its tokens are another key's.
  if (names_own) return OAuthError{"invalid_target", "the client has no scopes at this audience"};
  if (wanted.empty()) {
    if (credential.grants.size() == 1) {
      const keystore::AudienceGrant& only = credential.grants.front();
      if (!Holds(own_audiences, only.audience)) return Target{only.audience, only.scopes};
    }
    return OAuthError{"invalid_target", "name the audience of the token"};
  }
  for (const keystore::AudienceGrant& grant : credential.grants) {
    if (grant.audience == wanted) return Target{grant.audience, grant.scopes};
  }
  return OAuthError{"invalid_target", "the audience is none of the client's"};
}

}  // namespace

OAuthResult<TokenGrant> DecideGrant(const keystore::CredentialRecord& credential, const std::vector<std::string>& own_audiences,
                                    const TokenRequest& request) {
  const OAuthResult<Target> result = FindTarget(credential, own_audiences, request.audience);
  if (const auto* error = std::get_if<OAuthError>(&result)) return *error;
  const Target& target = std::get<Target>(result);
  if (request.scope.empty()) return TokenGrant{target.audience, absl::StrJoin(target.scopes, " "), target.is_own_api};

  std::vector<absl::string_view> scopes;
  for (const absl::string_view asked : absl::StrSplit(request.scope, ' ')) {
    const absl::string_view word = target.is_own_api ? CanonicalScope(asked) : asked;
    // Also one that is empty, between two spaces.
    if (std::find(target.scopes.begin(), target.scopes.end(), word) == target.scopes.end()) {
      return OAuthError{"invalid_scope", "a scope is none of the client's at this audience"};
    }
    if (std::find(scopes.begin(), scopes.end(), word) == scopes.end()) scopes.push_back(word);
  }
  return TokenGrant{target.audience, absl::StrJoin(scopes, " "), target.is_own_api};
}

}  // namespace signet::core
