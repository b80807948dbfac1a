#include "server/core/live_credential.h"

#include <optional>
#include <string>

#include "absl/strings/str_split.h"

namespace signet::core {
namespace {

void Add(absl::string_view word, ScopeSet& scopes) {
  if (const std::optional<Scope> scope = FindScope(word)) scopes = scopes | ScopeSet{*scope};
}

}  // namespace

ScopeSet ScopesOf(const keystore::CredentialRecord& credential) {
  ScopeSet scopes;
  for (const std::string& word : credential.scopes) Add(word, scopes);
  return credential.read_only ? scopes & ScopeSet::ReadOnly() : scopes;
}

ScopeSet KnownScopes(absl::string_view scope) {
  ScopeSet scopes;
  for (const absl::string_view word : absl::StrSplit(scope, ' ', absl::SkipEmpty())) Add(word, scopes);
  return scopes;
}

bool IsLive(const keystore::CredentialRecord& credential, absl::Time now) {
  return !credential.delete_time && (!credential.expire_time || *credential.expire_time > now);
}

}  // namespace signet::core
