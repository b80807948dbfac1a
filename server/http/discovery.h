#ifndef SIGNET_SERVER_HTTP_DISCOVERY_H_
#define SIGNET_SERVER_HTTP_DISCOVERY_H_

#include <string>

#include "absl/strings/string_view.h"
#include "server/core/tenant_snapshot.h"

namespace signet::http {

// What discovery states of a tenant: what exists, and no more. There is no authorization endpoint, and no response type.
struct DiscoverySource {
  const core::TenantSnapshot& tenant;
  // As HttpBackend::public_url.
  absl::string_view public_url;
  // Whether clients can authenticate by a certificate.
  bool client_certificates = false;
};

// The metadata of OpenID Connect Discovery 1.0 section 3, but for what belongs to an authorization endpoint.
std::string OpenIdConfiguration(const DiscoverySource& source);

// The metadata of RFC 8414 section 2.
std::string AuthorizationServerMetadata(const DiscoverySource& source);

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_DISCOVERY_H_
