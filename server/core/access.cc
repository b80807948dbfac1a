#include "server/core/access.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/error.h"
#include "base/error_reason.h"

namespace signet::core {

absl::Status CheckAccess(const AccessRule& rule, const Principal& principal) {
  if (!principal.scopes.HasAll(rule.scopes)) {
    return Error(absl::StatusCode::kPermissionDenied, reason::kInsufficientScope,
                 absl::StrCat("insufficient scope; expected ", absl::StrJoin(ToWords(rule.scopes), " and ")),
                 {{"expected", FormatScopes(rule.scopes)}});
  }
  if (rule.reach == AccessRule::Reach::kAllTenants && !ReachesAll(principal)) return OutOfReach("this call is about all tenants");
  return absl::OkStatus();
}

absl::Status OutOfReach(absl::string_view what) {
  return Error(absl::StatusCode::kPermissionDenied, reason::kOutOfReach,
               absl::StrCat(what, ": it needs a credential of a tenant above, or of the system's"));
}

}  // namespace signet::core
