#ifndef SIGNET_SERVER_HTTP_FEDERATION_METADATA_H_
#define SIGNET_SERVER_HTTP_FEDERATION_METADATA_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/core/tenant_snapshot.h"

namespace signet::http {

// What SAML and WS-Federation metadata state of a tenant that signs assertions through Sign.
//
// The keys are those of the tenant's ring `saml`, or of `access-token` if it has none: each key that is published, is RSA or EC,
// and has a certificate; the one that signs first, then the next one, then those whose signatures may still be looked at. entityID
// is "urn:" and the host of the tenant's issuer, as Auth0 has it, or the issuer itself if it has a path. The endpoints are below
// the issuer, where the login service serves them that has its assertions signed here: Signet itself signs nobody in.
struct FederationSource {
  const core::TenantSnapshot& tenant;
  // The application that asks; empty without. Must be IsClientSegment.
  absl::string_view client;
  // How long it may be cached.
  absl::Duration max_age;
};

// Whether `client` can stand in a path as it is: 1 to 128 letters, digits and "-._~@:".
bool IsClientSegment(absl::string_view client);

// Returns an EntityDescriptor with an IDPSSODescriptor (SAML 2.0 Metadata section 2.4.3); its endpoint is ISSUER/samlp/CLIENT.
//   kNotFound  KEY_NOT_FOUND: no key with a certificate
absl::StatusOr<std::string> SamlMetadata(const FederationSource& source);

// Returns an EntityDescriptor with a SecurityTokenServiceType (WS-Federation 1.2 section 3.1); its endpoint is ISSUER/wsfed/CLIENT.
//   kNotFound  KEY_NOT_FOUND: no key with a certificate
absl::StatusOr<std::string> WsFederationMetadata(const FederationSource& source);

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_FEDERATION_METADATA_H_
