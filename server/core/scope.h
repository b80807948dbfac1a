#ifndef SIGNET_SERVER_CORE_SCOPE_H_
#define SIGNET_SERVER_CORE_SCOPE_H_

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace signet::core {

// Scope is a right to call a part of Signet's API.
enum class Scope : uint8_t {
  kReadSigningKeys,
  kCreateSigningKeys,
  kUpdateSigningKeys,
  kDeleteSigningKeys,
  kSignTokens,
  kSignDigests,
  kReadCredentials,
  kCreateCredentials,
  kUpdateCredentials,
  kDeleteCredentials,
  kReadTenants,
  kManageTenants,
  kReadAudit,
  // Of keys that are not the server's own: who may publish one can sign whatever the tenant's verifiers accept.
  kReadCustomSigningKeys,
  kCreateCustomSigningKeys,
  kUpdateCustomSigningKeys,
  kDeleteCustomSigningKeys,
};

// ScopeSet is a set of scopes, as cheap as an integer.
class ScopeSet {
 public:
  constexpr ScopeSet() = default;
  constexpr ScopeSet(std::initializer_list<Scope> scopes) {
    for (const Scope scope : scopes) bits_ |= Bit(scope);
  }
  // Every scope; and those whose name begins with "read:".
  static constexpr ScopeSet All() { return ScopeSet((uint32_t{1} << (static_cast<int>(Scope::kDeleteCustomSigningKeys) + 1)) - 1); }
  static constexpr ScopeSet ReadOnly() {
    return {Scope::kReadSigningKeys, Scope::kReadCredentials, Scope::kReadTenants, Scope::kReadAudit,
            Scope::kReadCustomSigningKeys};
  }

  constexpr bool Has(Scope scope) const { return (bits_ & Bit(scope)) != 0; }
  constexpr bool HasAll(ScopeSet other) const { return (other.bits_ & ~bits_) == 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr ScopeSet operator&(ScopeSet other) const { return ScopeSet(bits_ & other.bits_); }
  constexpr ScopeSet operator|(ScopeSet other) const { return ScopeSet(bits_ | other.bits_); }
  // Those of this set that `other` lacks.
  constexpr ScopeSet operator-(ScopeSet other) const { return ScopeSet(bits_ & ~other.bits_); }
  friend constexpr bool operator==(ScopeSet, ScopeSet) = default;

 private:
  constexpr explicit ScopeSet(uint32_t bits) : bits_(bits) {}
  static constexpr uint32_t Bit(Scope scope) { return uint32_t{1} << static_cast<int>(scope); }
  uint32_t bits_ = 0;
};

// The name of a scope, such as "read:signing_keys"; and the scope of a name.
absl::string_view ToWord(Scope scope);
std::optional<Scope> FindScope(absl::string_view word);

// Reads names, in any order; repetitions count once. `field` is for the error.
//   kInvalidArgument  INVALID_FIELD: a name that is none
absl::StatusOr<ScopeSet> ParseScopes(absl::string_view field, const std::vector<std::string>& words);
// The names, sorted; and joined by spaces, as in OAuth (RFC 6749 section 3.3).
std::vector<std::string> ToWords(ScopeSet scopes);
std::string FormatScopes(ScopeSet scopes);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_SCOPE_H_
