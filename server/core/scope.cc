#include "server/core/scope.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/error.h"

namespace signet::core {
namespace {

struct Name {
  Scope scope;
  absl::string_view word;
};
constexpr Name kNames[] = {
    {Scope::kReadSigningKeys, "read:signing_keys"},
    {Scope::kCreateSigningKeys, "create:signing_keys"},
    {Scope::kUpdateSigningKeys, "update:signing_keys"},
    {Scope::kDeleteSigningKeys, "delete:signing_keys"},
    {Scope::kSignTokens, "sign:tokens"},
    {Scope::kSignDigests, "sign:digests"},
    {Scope::kReadCredentials, "read:credentials"},
    {Scope::kCreateCredentials, "create:credentials"},
    {Scope::kUpdateCredentials, "update:credentials"},
    {Scope::kDeleteCredentials, "delete:credentials"},
    {Scope::kReadTenants, "read:tenants"},
    {Scope::kManageTenants, "manage:tenants"},
    {Scope::kReadAudit, "read:audit"},
    {Scope::kReadCustomSigningKeys, "read:custom_signing_keys"},
    {Scope::kCreateCustomSigningKeys, "create:custom_signing_keys"},
    {Scope::kUpdateCustomSigningKeys, "update:custom_signing_keys"},
    {Scope::kDeleteCustomSigningKeys, "delete:custom_signing_keys"},
};

}  // namespace

absl::string_view ToWord(Scope scope) { return kNames[static_cast<int>(scope)].word; }

std::optional<Scope> FindScope(absl::string_view word) {
  for (const Name& name : kNames) {
    if (name.word == word) return name.scope;
  }
  return std::nullopt;
}

absl::StatusOr<ScopeSet> ParseScopes(absl::string_view field, const std::vector<std::string>& words) {
  ScopeSet scopes;
  for (const std::string& word : words) {
    const std::optional<Scope> scope = FindScope(word);
    if (!scope) return InvalidField(field, absl::StrCat("holds what is no scope; the scopes are ", FormatScopes(ScopeSet::All())));
    scopes = scopes | ScopeSet{*scope};
  }
  return scopes;
}

std::vector<std::string> ToWords(ScopeSet scopes) {
  std::vector<std::string> words;
  for (const Name& name : kNames) {
    if (scopes.Has(name.scope)) words.emplace_back(name.word);
  }
  std::sort(words.begin(), words.end());
  return words;
}

std::string FormatScopes(ScopeSet scopes) { return absl::StrJoin(ToWords(scopes), " "); }

}  // namespace signet::core
