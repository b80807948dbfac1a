#include "server/http/public_document.h"

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/http/entity_tag.h"

namespace signet::http {

ResponseFields PublicFields(const core::TenantSnapshot& tenant, absl::Time now, absl::string_view content_type) {
  const int64_t max_age = absl::ToInt64Seconds(tenant.jwks_life.MaxAge(now));
  ResponseFields fields;
  // With what comes to all of them: the responder's, and a tag.
  fields.reserve(8);
  fields.emplace_back("Content-Type", content_type);
  fields.emplace_back("Cache-Control", absl::StrCat("public, max-age=", max_age));
  fields.emplace_back("Access-Control-Allow-Origin", "*");
  return fields;
}

void SetEntityTag(absl::string_view etag, const Request& request, Response& response) {
  response.fields.emplace_back("ETag", etag);
  if (IfNoneMatchLists(absl::StrJoin(FieldValues(request, "If-None-Match"), ", "), etag)) response.status = 304;
}

}  // namespace signet::http
