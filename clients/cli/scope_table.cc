#include "clients/cli/scope_table.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "clients/cli/text.h"

namespace signet::cli {
namespace {

struct Scope {
  absl::string_view name;
  absl::string_view allows;
};

constexpr Scope kScopes[] = {
    {"read:signing_keys", "see key rings, keys and certificates, and follow their changes"},
    {"create:signing_keys", "make key rings and keys; together with update:signing_keys, rotate"},
    {"update:signing_keys", "change key rings; enable, disable and revoke keys; set certificates"},
    {"delete:signing_keys", "delete key rings and keys"},
    {"sign:tokens", "have claims signed as tokens"},
    {"sign:digests", "have any digest or data signed"},
    {"read:credentials", "see API credentials, without their secrets"},
    {"create:credentials", "make API credentials, with no more rights than its own"},
    {"update:credentials", "make and end secrets and public keys of API credentials"},
    {"delete:credentials", "delete API credentials"},
    {"read:tenants", "see tenants"},
    {"manage:tenants", "make, change and delete tenants below its own"},
    {"read:audit", "see the audit trail"},
    {"read:custom_signing_keys", "see the keys of others that the JWKS shows, over HTTP"},
    {"create:custom_signing_keys", "set them, together with update:custom_signing_keys"},
    {"update:custom_signing_keys", "set them, together with create:custom_signing_keys"},
    {"delete:custom_signing_keys", "remove them"},
};

}  // namespace

std::vector<std::string> ScopeNames() {
  std::vector<std::string> names;
  for (const Scope& scope : kScopes) names.emplace_back(scope.name);
  return names;
}

std::string ScopeTable() {
  size_t width = 0;
  for (const Scope& scope : kScopes) width = std::max(width, scope.name.size());
  std::string table = "Scopes:\n";
  for (const Scope& scope : kScopes) absl::StrAppend(&table, "  ", Padded(scope.name, width), "  ", scope.allows, "\n");
  absl::StrAppend(&table,
                  "\n  They hold in the credential's tenant and in those below it. To verify tokens takes none. Auth0's\n"
                  "  names of the scopes for clients are taken, too.\n");
  return table;
}

}  // namespace signet::cli
