#ifndef SIGNET_SERVER_CORE_ACCESS_H_
#define SIGNET_SERVER_CORE_ACCESS_H_

#include <cstdint>
// absl::string_view is another type where Abseil was built for C++14, and not one that the compiler can compare.
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/core/principal.h"
#include "server/core/scope.h"

namespace signet::core {

// Which rate a call is counted against (rate_limiter.h).
enum class CallClass : uint8_t { kFree, kAdministrative, kSigning, kToken };

// AccessRule says who may make a call. That a caller must reach every tenant that the call names holds for all of them but those
// for anybody.
struct AccessRule {
  // "signet.v1.KeyService/GetKey", or "GET /metrics". A route with `/t/{tenant}` ahead has the rule of the route without.
  const char* method;
  enum class Who : uint8_t { kAnybody, kAuthenticated };
  Who who = Who::kAuthenticated;
  // All are needed.
  ScopeSet scopes = {};
  CallClass call_class = CallClass::kAdministrative;
  // Only for callers that reach every tenant.
  enum class Reach : uint8_t { kNamedTenants, kAllTenants };
  Reach reach = Reach::kNamedTenants;
};

// The rules of all calls that there are, in no order.
namespace access_rules {

using enum Scope;
constexpr AccessRule Public(const char* method) { return {method, AccessRule::Who::kAnybody, {}, CallClass::kFree}; }
constexpr AccessRule Administrative(const char* method, ScopeSet scopes) {
  return {method, AccessRule::Who::kAuthenticated, scopes, CallClass::kAdministrative};
}
constexpr AccessRule ForAllTenants(const char* method, ScopeSet scopes) {
  return {method, AccessRule::Who::kAuthenticated, scopes, CallClass::kAdministrative, AccessRule::Reach::kAllTenants};
}

inline constexpr AccessRule kAll[] = {
    Administrative("signet.v1.KeyService/CreateKeyRing", {kCreateSigningKeys}),
    Administrative("signet.v1.KeyService/GetKeyRing", {kReadSigningKeys}),
    Administrative("signet.v1.KeyService/ListKeyRings", {kReadSigningKeys}),
    Administrative("signet.v1.KeyService/UpdateKeyRing", {kUpdateSigningKeys}),
    Administrative("signet.v1.KeyService/DeleteKeyRing", {kDeleteSigningKeys}),
    Administrative("signet.v1.KeyService/CreateKey", {kCreateSigningKeys}),
    Administrative("signet.v1.KeyService/GetKey", {kReadSigningKeys}),
    Administrative("signet.v1.KeyService/ListKeys", {kReadSigningKeys}),
    Administrative("signet.v1.KeyService/EnableKey", {kUpdateSigningKeys}),
    Administrative("signet.v1.KeyService/DisableKey", {kUpdateSigningKeys}),
    Administrative("signet.v1.KeyService/RevokeKey", {kUpdateSigningKeys}),
    Administrative("signet.v1.KeyService/DeleteKey", {kDeleteSigningKeys}),
    // As Auth0 has it: a rotation makes a key and changes others.
    Administrative("signet.v1.KeyService/RotateKeys", {kCreateSigningKeys, kUpdateSigningKeys}),
    Administrative("signet.v1.KeyService/PreviewRotation", {kReadSigningKeys}),
    Administrative("signet.v1.KeyService/WatchKeys", {kReadSigningKeys}),
    // They wrap keys of all tenants.
    ForAllTenants("signet.v1.KeyService/ListWrappingKeys", {kReadSigningKeys}),
    ForAllTenants("signet.v1.KeyService/RotateWrappingKey", {kCreateSigningKeys, kUpdateSigningKeys}),
    ForAllTenants("signet.v1.KeyService/DestroyWrappingKey", {kDeleteSigningKeys}),
    Administrative("signet.v1.KeyService/GetCertificate", {kReadSigningKeys}),
    Administrative("signet.v1.KeyService/SetCertificateChain", {kUpdateSigningKeys}),
    Administrative("signet.v1.KeyService/GenerateCsr", {kUpdateSigningKeys}),
    Administrative("signet.v1.KeyService/GetPublicKey", {kReadSigningKeys}),
    Public("signet.v1.KeyService/GetJwks"),
    {"signet.v1.KeyService/Sign", AccessRule::Who::kAuthenticated, {kSignDigests}, CallClass::kSigning},
    {"signet.v1.KeyService/BatchSign", AccessRule::Who::kAuthenticated, {kSignDigests}, CallClass::kSigning},
    {"signet.v1.KeyService/StreamSign", AccessRule::Who::kAuthenticated, {kSignDigests}, CallClass::kSigning},
    {"signet.v1.KeyService/SignToken", AccessRule::Who::kAuthenticated, {kSignTokens}, CallClass::kSigning},
    // What it needs of Signet, the JWKS, is public: whoever is somebody here may have it checked.
    {"signet.v1.KeyService/VerifyToken", AccessRule::Who::kAuthenticated, {}, CallClass::kToken},

    Administrative("signet.v1.TenantService/CreateTenant", {kManageTenants}),
    Administrative("signet.v1.TenantService/GetTenant", {kReadTenants}),
    Administrative("signet.v1.TenantService/ListTenants", {kReadTenants}),
    Administrative("signet.v1.TenantService/UpdateTenant", {kManageTenants}),
    Administrative("signet.v1.TenantService/DeleteTenant", {kManageTenants}),

    Administrative("signet.v1.AuditService/ListEvents", {kReadAudit}),
    // The chain goes through the events of all tenants.
    ForAllTenants("signet.v1.AuditService/VerifyAuditLog", {kReadAudit}),

    Administrative("signet.v1.CredentialService/CreateCredential", {kCreateCredentials}),
    Administrative("signet.v1.CredentialService/GetCredential", {kReadCredentials}),
    Administrative("signet.v1.CredentialService/ListCredentials", {kReadCredentials}),
    Administrative("signet.v1.CredentialService/DeleteCredential", {kDeleteCredentials}),
    Administrative("signet.v1.CredentialService/RotateSecret", {kUpdateCredentials}),
    Administrative("signet.v1.CredentialService/RevokeSecret", {kUpdateCredentials}),
    Administrative("signet.v1.CredentialService/AddPublicKey", {kUpdateCredentials}),
    Administrative("signet.v1.CredentialService/RemovePublicKey", {kUpdateCredentials}),

    // For the one caller that its socket is for. FetchKeys counts against no rate: kube-apiserver calls it for each token with an
    // unknown kid that somebody sends it, which must cost neither it nor the tenant's administrators their calls.
    {"v1.ExternalJWTSigner/Sign", AccessRule::Who::kAuthenticated, {kSignTokens}, CallClass::kSigning},
    {"v1.ExternalJWTSigner/FetchKeys", AccessRule::Who::kAuthenticated, {kReadSigningKeys}, CallClass::kFree},
    {"v1.ExternalJWTSigner/Metadata", AccessRule::Who::kAuthenticated, {kReadSigningKeys}, CallClass::kFree},

    Public("grpc.health.v1.Health/Check"),
    Public("grpc.health.v1.Health/Watch"),
    // It shows the protos, which anybody has; served only where the configuration says so.
    Public("grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"),

    Public("GET /openapi.json"),
    Public("GET /livez"),
    Public("GET /readyz"),
    {"GET /metrics", AccessRule::Who::kAuthenticated, {}, CallClass::kFree, AccessRule::Reach::kAllTenants},
    Public("GET /.well-known/jwks.json"),
    Public("GET /.well-known/openid-configuration"),
    Public("GET /.well-known/oauth-authorization-server"),
    // Certificates and addresses, which whoever trusts an assertion must have.
    Public("GET /samlp/metadata"),
    Public("GET /samlp/metadata/{client}"),
    Public("GET /wsfed/FederationMetadata/2007-06/FederationMetadata.xml"),
    Public("GET /wsfed/{client}/FederationMetadata/2007-06/FederationMetadata.xml"),
    Public("GET /FederationMetadata/2007-06/FederationMetadata.xml"),
    // Clients authenticate to these as OAuth has it (RFC 6749 section 2.3), not as callers of the API.
    {"POST /oauth/token", AccessRule::Who::kAnybody, {}, CallClass::kToken},
    {"POST /oauth/introspect", AccessRule::Who::kAnybody, {}, CallClass::kToken},
    {"POST /oauth/revoke", AccessRule::Who::kAnybody, {}, CallClass::kToken},

    // Auth0's: its scopes for keys have the names of Signet's; those for clients are Signet's for credentials.
    Administrative("GET /api/v2/keys/signing", {kReadSigningKeys}),
    Administrative("GET /api/v2/keys/signing/{kid}", {kReadSigningKeys}),
    Administrative("POST /api/v2/keys/signing/rotate", {kCreateSigningKeys, kUpdateSigningKeys}),
    Administrative("PUT /api/v2/keys/signing/{kid}/revoke", {kUpdateSigningKeys}),
    Administrative("GET /api/v2/keys/custom-signing", {kReadCustomSigningKeys}),
    Administrative("PUT /api/v2/keys/custom-signing", {kCreateCustomSigningKeys, kUpdateCustomSigningKeys}),
    Administrative("DELETE /api/v2/keys/custom-signing", {kDeleteCustomSigningKeys}),
    Administrative("POST /api/v2/clients/{id}/rotate-secret", {kUpdateCredentials}),
    Administrative("GET /api/v2/clients/{id}/credentials", {kReadCredentials}),
    Administrative("POST /api/v2/clients/{id}/credentials", {kUpdateCredentials}),
    Administrative("GET /api/v2/clients/{id}/credentials/{credential_id}", {kReadCredentials}),
    Administrative("DELETE /api/v2/clients/{id}/credentials/{credential_id}", {kUpdateCredentials}),
    Public("GET /cer"),
    Public("GET /pem"),
    Public("GET /rawpem"),
    Public("GET /pb7"),
    Public("GET /fingerprint"),

    // What SAP's clients verify tokens with.
    Public("GET /token_keys"),
    Public("GET /token_key"),
};

// Not constexpr, so that the compiler stops at it.
void ThisCallHasNoRuleInAccessRules();

}  // namespace access_rules

// The rule of a call, known to the compiler: a call without one does not build.
consteval const AccessRule& RuleOf(std::string_view method) {
  for (const AccessRule& rule : access_rules::kAll) {
    if (method == rule.method) return rule;
  }
  access_rules::ThisCallHasNoRuleInAccessRules();
  return access_rules::kAll[0];
}

// OK if `principal` has the scopes, and reaches as far, as `rule` asks for.
//   kPermissionDenied  INSUFFICIENT_SCOPE, with all that are needed as `expected`; OUT_OF_REACH
absl::Status CheckAccess(const AccessRule& rule, const Principal& principal);

// The error for what only those may do who reach further than the caller, in a tenant that the caller may know of.
//   kPermissionDenied  OUT_OF_REACH
absl::Status OutOfReach(absl::string_view what);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_ACCESS_H_
