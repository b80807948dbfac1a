#include "server/core/canonical_scope.h"

#include "server/core/scope.h"

namespace signet::core {
namespace {

struct Alias {
  absl::string_view word;
  Scope scope;
};
constexpr Alias kAliases[] = {
    {"read:client_keys", Scope::kReadCredentials},
    {"read:client_credentials", Scope::kReadCredentials},
    {"update:client_keys", Scope::kUpdateCredentials},
    {"create:client_credentials", Scope::kUpdateCredentials},
    {"update:client_credentials", Scope::kUpdateCredentials},
    {"delete:client_credentials", Scope::kUpdateCredentials},
};

}  // namespace

absl::string_view CanonicalScope(absl::string_view word) {
  for (const Alias& alias : kAliases) {
    if (alias.word == word) return ToWord(alias.scope);
  }
  return word;
}

}  // namespace signet::core
