#include "server/core/credential_grants.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "server/core/canonical_scope.h"
#include "server/core/scope.h"

namespace signet::core {
namespace {

// Whoever publishes a key of their own signs what they like.
constexpr ScopeSet kSigning = {Scope::kSignTokens, Scope::kSignDigests, Scope::kCreateCustomSigningKeys,
                               Scope::kUpdateCustomSigningKeys};

absl::Status Exceeded(absl::string_view message, const std::string& scope) {
  return Error(absl::StatusCode::kPermissionDenied, reason::kGrantExceeded, message, {{"scope", scope}});
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ScopesToGive(const std::optional<std::vector<std::string>>& wanted, bool read_only,
                                                      const Principal& caller) {
  if (!wanted.has_value()) return ToWords(read_only ? caller.scopes & ScopeSet::ReadOnly() : caller.scopes);
  std::vector<std::string> words;
  for (const std::string& word : *wanted) words.emplace_back(CanonicalScope(word));
  SIGNET_ASSIGN_OR_RETURN(const ScopeSet scopes, ParseScopes("credential.scopes", words));
  const ScopeSet others = scopes - ScopeSet::ReadOnly();
  if (read_only && !others.empty()) {
    return InvalidField("credential.scopes",
                        absl::StrCat("of a read-only credential must be read scopes, which these are not: ", FormatScopes(others)));
  }
  return ToWords(scopes);
}

absl::Status CheckGrant(const keystore::CredentialRecord& credential, const Principal& caller) {
  ScopeSet signing;
  std::vector<std::string> lacking;
  for (const std::string& word : credential.scopes) {
    const std::optional<Scope> scope = FindScope(word);
    // A later release's scope is nobody's in this one.
    if (!scope || !caller.scopes.Has(*scope)) {
      lacking.push_back(word);
    } else {
      signing = signing | (kSigning & ScopeSet{*scope});
    }
  }
  if (!lacking.empty()) {
    const std::string words = absl::StrJoin(lacking, " ");
    return Exceeded(absl::StrCat("nobody gives more than they have, and you lack ", words), words);
  }
  // A grant is the right to tokens that the tenant's keys sign.
  if (!credential.grants.empty() && !caller.scopes.Has(Scope::kSignTokens)) {
    return Exceeded("whoever gives grants needs the right to sign tokens", std::string(ToWord(Scope::kSignTokens)));
  }
  if (caller.signing_profile == keystore::SigningProfile()) return absl::OkStatus();
  if (!signing.empty() && credential.signing_profile != caller.signing_profile) {
    return Exceeded(
        "your signing profile limits what you sign, so that you cannot give the right to sign but under the same profile",
        FormatScopes(signing));
  }
  if (!credential.grants.empty()) {
    return Exceeded("your signing profile limits what you sign, so that you cannot give grants",
                    std::string(ToWord(Scope::kSignTokens)));
  }
  return absl::OkStatus();
}

}  // namespace signet::core
