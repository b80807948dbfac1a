#ifndef SIGNET_SERVER_HTTP_PUBLIC_DOCUMENT_H_
#define SIGNET_SERVER_HTTP_PUBLIC_DOCUMENT_H_

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/core/tenant_snapshot.h"
#include "server/http/http_message.h"

namespace signet::http {

// The fields of a document about a tenant's public keys: browsers of any origin may read it, and everybody may cache it for as long
// as the JWKS.
ResponseFields PublicFields(const core::TenantSnapshot& tenant, absl::Time now, absl::string_view content_type);

// Gives a complete response its ETag; it becomes 304 where the client has what it asks for.
void SetEntityTag(absl::string_view etag, const Request& request, Response& response);

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_PUBLIC_DOCUMENT_H_
