#ifndef SIGNET_KEYSTORE_CREDENTIAL_RECORDS_H_
#define SIGNET_KEYSTORE_CREDENTIAL_RECORDS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "keystore/ids.h"
#include "keystore/revision.h"

namespace signet::keystore {

// SigningProfile limits what a principal may have signed, beside its scopes. An empty list does not limit.
struct SigningProfile {
  // Ids of the rings that it may sign with, in every tenant that it reaches.
  std::vector<RingId> key_rings = {};
  // A JSON object of claims that every token has; the caller may leave them out or repeat them, not change them. Empty: none.
  std::string fixed_claims_json = {};
  // The claims that the caller may set, beside the fixed and the required ones.
  std::vector<std::string> allowed_claims = {};
  // The claims that the caller must set.
  std::vector<std::string> required_claims = {};
  // What `aud` may hold; a token then needs an `aud`.
  std::vector<std::string> audiences = {};
  std::optional<absl::Duration> max_ttl = std::nullopt;
  friend bool operator==(const SigningProfile&, const SigningProfile&) = default;
};

// AudienceGrant says which scopes a client's tokens for an audience may have, as that audience calls them.
struct AudienceGrant {
  std::string audience;
  std::vector<std::string> scopes;
  friend bool operator==(const AudienceGrant&, const AudienceGrant&) = default;
};

enum class CredentialKind { kClientSecret = 1, kCertificate, kPublicKey };

// ClientSecret is what is kept of a secret: enough to recognise it.
struct ClientSecret {
  // Names it among those of its credential.
  std::string id;
  // 16 random bytes, and SHA-256 over these and the secret's text.
  std::string salt;
  std::string hash;
  absl::Time create_time;
  std::optional<absl::Time> expire_time = std::nullopt;
  friend bool operator==(const ClientSecret&, const ClientSecret&) = default;
};

// ClientPublicKey verifies the assertions that a client signs (RFC 7523).
struct ClientPublicKey {
  // The `kid` of the assertions.
  std::string id;
  // The name of a row of the algorithm table: no other is accepted.
  std::string algorithm;
  std::string public_key_der;
  absl::Time create_time;
  std::optional<absl::Time> expire_time = std::nullopt;
  friend bool operator==(const ClientPublicKey&, const ClientPublicKey&) = default;
};

// ClientCertificate recognises the X.509 certificate with which a client opens a TLS connection (RFC 8705).
struct ClientCertificate {
  std::string der;
  // Exactly this certificate. Otherwise any of its subject and issuer (RFC 4514) that a CA of the configuration vouches for, and
  // whose not_before does not lie before that of the latest one seen, but for 10 minutes.
  bool pinned = true;
  std::string subject;
  std::string issuer;
  // Made by Signet's own CA.
  bool issued = false;
  // No other credential of the tenant may have it.
  bool unique = false;
  // Replies leave it out.
  bool hidden = false;
  absl::Time create_time;
  friend bool operator==(const ClientCertificate&, const ClientCertificate&) = default;
};

// CredentialRecord is a client's way to authenticate. A deleted one stays, with its delete_time, until a new one takes its name.
struct CredentialRecord {
  TenantId tenant;
  CredentialId id;
  // Random and unique in the store: a credential that takes the name of a deleted one has another.
  std::string client_id;
  CredentialKind kind = CredentialKind::kClientSecret;
  // The names of Signet's own scopes (server/core/scope.h), sorted.
  std::vector<std::string> scopes;
  bool read_only = false;
  // For tokens that others accept.
  std::vector<AudienceGrant> grants;
  SigningProfile signing_profile;
  // The life of its access tokens; absent: an hour.
  std::optional<absl::Duration> access_token_ttl;
  // Those of its kind.
  std::vector<ClientSecret> secrets;
  std::vector<ClientPublicKey> public_keys;
  std::vector<ClientCertificate> certificates;
  std::optional<absl::Time> expire_time;
  absl::Time create_time;
  absl::Time update_time;
  std::optional<absl::Time> delete_time;
  // When it last authenticated, to about a minute. It is the store's (KeyStore::RecordCredentialUse), as KeyUsage is.
  std::optional<absl::Time> last_used_time;
  Revision revision = 0;
  friend bool operator==(const CredentialRecord&, const CredentialRecord&) = default;
};

// RevokedToken says that an access token is void before its time. It is written once, and the store may drop it once expire_time
// has passed.
struct RevokedToken {
  // The token's client and `jti`, as server/core joins them; unique.
  std::string token_id;
  // Whose client it was issued to.
  TenantId tenant;
  absl::Time expire_time;
  Revision revision = 0;
  friend bool operator==(const RevokedToken&, const RevokedToken&) = default;
};

// CredentialUse says that a credential authenticated.
struct CredentialUse {
  TenantId tenant;
  CredentialId id;
  absl::Time time;
};

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_CREDENTIAL_RECORDS_H_
