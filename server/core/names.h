#ifndef SIGNET_SERVER_CORE_NAMES_H_
#define SIGNET_SERVER_CORE_NAMES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "keystore/ids.h"

namespace signet::core {

// Resource names, parsed.
struct RingName {
  keystore::TenantId tenant;
  keystore::RingId ring;
  friend auto operator<=>(const RingName&, const RingName&) = default;
};
struct KeyName {
  RingName ring;
  keystore::Kid kid;
  friend bool operator==(const KeyName&, const KeyName&) = default;
};
struct CredentialName {
  keystore::TenantId tenant;
  keystore::CredentialId credential;
  friend bool operator==(const CredentialName&, const CredentialName&) = default;
};

// Parse `tenants/{tenant}`, `tenants/{tenant}/keyRings/{ring}`, `tenants/{tenant}/keyRings/{ring}/keys/{key}`,
// `tenants/{tenant}/credentials/{credential}`, `wrappingKeys/{uid}`. `field` names the request's field in the error.
//   kInvalidArgument  MISSING_FIELD: empty; INVALID_NAME: another form, or an id with wrong characters or too long
absl::StatusOr<keystore::TenantId> ParseTenantName(absl::string_view field, absl::string_view name);
absl::StatusOr<RingName> ParseRingName(absl::string_view field, absl::string_view name);
absl::StatusOr<KeyName> ParseKeyName(absl::string_view field, absl::string_view name);
absl::StatusOr<CredentialName> ParseCredentialName(absl::string_view field, absl::string_view name);
absl::StatusOr<keystore::WrappingKeyUid> ParseWrappingKeyName(absl::string_view field, absl::string_view name);

// Check an id that a caller chose, against the patterns that the proto documents.
//   kInvalidArgument  MISSING_FIELD: empty; INVALID_NAME: wrong characters or too long
absl::StatusOr<keystore::TenantId> CheckTenantId(absl::string_view field, absl::string_view id);
absl::StatusOr<keystore::RingId> CheckRingId(absl::string_view field, absl::string_view id);
absl::StatusOr<keystore::Kid> CheckKid(absl::string_view field, absl::string_view id);
absl::StatusOr<keystore::CredentialId> CheckCredentialId(absl::string_view field, absl::string_view id);

std::string FormatTenantName(const keystore::TenantId& tenant);
std::string FormatRingName(const RingName& name);
std::string FormatKeyName(const KeyName& name);
std::string FormatCredentialName(const CredentialName& name);
std::string FormatWrappingKeyName(const keystore::WrappingKeyUid& uid);

// The tenant that Signet itself owns.
inline constexpr absl::string_view kSystemTenant = "system";

// The ring that every tenant starts with. That of the system tenant signs the tokens that Signet's own API accepts.
inline constexpr absl::string_view kAccessTokenRing = "access-token";
// The other rings of the system tenant: one seals the audit trail, the other's keys are Signet's CA for client certificates.
inline constexpr absl::string_view kAuditRing = "audit";
inline constexpr absl::string_view kClientCaRing = "client-ca";

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_NAMES_H_
