#include "server/core/page_token.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/base64url.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/digest.h"

namespace signet::core {
namespace {

constexpr int kDefaultPageSize = 100;
constexpr int kMaxPageSize = 1000;
// A token is this much of a digest over scope and position, and then the position.
constexpr size_t kDigestSize = 16;

std::string DigestOf(const ListScope& scope, absl::string_view position) {
  // Each part with its length, so that no two scopes read the same.
  std::string text = absl::StrCat("page ", scope.method.size(), ":", scope.method);
  for (const std::string& parameter : scope.parameters) absl::StrAppend(&text, parameter.size(), ":", parameter);
  absl::StrAppend(&text, position.size(), ":", position);
  return hsm::ComputeDigest(hsm::Hash::kSha256, text).substr(0, kDigestSize);
}

absl::Status PageTokenInvalid() {
  return Error(absl::StatusCode::kInvalidArgument, reason::kPageTokenInvalid,
               "page_token was not made by this list with these parameters; start again without one", {{"field", "page_token"}});
}

}  // namespace

std::string MakePageToken(const ListScope& scope, absl::string_view position) {
  return Base64UrlEncode(absl::StrCat(DigestOf(scope, position), position));
}

absl::StatusOr<keystore::Page> ToPage(const ListScope& scope, const ListRequest& request) {
  if (request.page_size < 0) return InvalidField("page_size", "must not be negative");
  keystore::Page page;
  page.limit = request.page_size == 0 ? kDefaultPageSize : std::min(request.page_size, kMaxPageSize);
  if (request.page_token.empty()) return page;

  const std::optional<std::string> token = Base64UrlDecode(request.page_token);
  if (token.has_value() && token->size() > kDigestSize) {
    page.after = token->substr(kDigestSize);
    if (token->substr(0, kDigestSize) == DigestOf(scope, page.after)) return page;
  }
  return PageTokenInvalid();
}

absl::StatusOr<keystore::Page> ToNumberedPage(const ListScope& scope, const ListRequest& request) {
  SIGNET_ASSIGN_OR_RETURN(keystore::Page page, ToPage(scope, request));
  int64_t position = 0;
  // Anyone can compute a token's digest, so a position is checked like any input.
  if (!page.after.empty() && (!absl::SimpleAtoi(page.after, &position) || position < 0)) return PageTokenInvalid();
  return page;
}

keystore::Page WithLookAhead(const keystore::Page& page) { return {page.after, page.limit + 1}; }

}  // namespace signet::core
