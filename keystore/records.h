#ifndef SIGNET_KEYSTORE_RECORDS_H_
#define SIGNET_KEYSTORE_RECORDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "keystore/ids.h"

namespace signet::keystore {

// A Revision counts the commits of a store, from 1. A record carries that of the commit that last wrote it; 0 means not yet stored.
using Revision = int64_t;

// kSystem is the one tenant that Signet itself owns, `system`; it stands above all others.
enum class TenantKind { kGlobalAccount = 1, kDirectory, kSubaccount, kSystem };

// TenantRecord is a tenant. A deleted one stays, with its delete_time, so that readers who follow the revision learn of it.
struct TenantRecord {
  TenantId id;
  TenantKind kind = TenantKind::kSubaccount;
  std::string display_name;
  std::optional<TenantId> parent;
  // Empty: derived from the server's public URL.
  std::string issuer;
  std::vector<std::string> host_aliases;
  absl::Time create_time;
  absl::Time update_time;
  std::optional<absl::Time> delete_time;
  Revision revision = 0;
  friend bool operator==(const TenantRecord&, const TenantRecord&) = default;
};

enum class Preset { kStandard = 1, kSapBtp, kSapEdge, kAuth0 };

// KeyPolicy holds what was set for a ring; what is not set follows from the preset (see ResolvedPolicy).
struct KeyPolicy {
  Preset preset = Preset::kStandard;
  std::optional<int> max_keys;
  std::optional<bool> keep_next;
  std::optional<bool> automatic;
  std::optional<absl::Duration> period;
  std::optional<absl::Duration> activation_delay;
  std::optional<absl::Duration> min_retention;
  std::optional<bool> retain_until_revoked;
  std::optional<absl::Duration> retirement_delay;
  std::optional<absl::Duration> signing_grace;
  std::optional<absl::Duration> idempotency_window;
  std::optional<int> rotations_per_day;
  std::optional<int> revoked_history;
  std::optional<absl::Duration> max_token_ttl;
  std::optional<absl::Duration> jwks_max_age;
  // Until when verifiers may hold a JWKS that they fetched under an earlier, longer jwks_max_age of this ring or of its tenant.
  // Never set by callers: see CachedUntil.
  std::optional<absl::Time> jwks_cached_until;
  friend bool operator==(const KeyPolicy&, const KeyPolicy&) = default;
};

// CertificateProfile is what the self-signed certificates of a ring's next keys say. Empty texts are absent from the subject;
// without a common_name it is the tenant's id.
struct CertificateProfile {
  std::string common_name = {};
  std::string organization = {};
  std::string organizational_unit = {};
  std::string country = {};
  std::optional<absl::Duration> validity = std::nullopt;
  friend bool operator==(const CertificateProfile&, const CertificateProfile&) = default;
};

// Rotation is the last rotation of a ring: done, or under way while activation_time is not set.
struct Rotation {
  // Rotations of a ring are counted from 1.
  int64_t number = 0;
  absl::Time start_time;
  // When `current` became the key that signs. Never before the key's other times, whatever the clock says.
  std::optional<absl::Time> activation_time;
  // When it began, was completed or was repeated with more force, by the clock.
  absl::Time update_time;
  // Who asked for it: a principal, or "system" for an automatic one.
  std::string actor;
  std::string request_id;
  // What the caller gave as the reason; for the audit trail.
  std::string reason;
  bool purge = false;
  bool force = false;
  // The key that became, or is to become, the one that signs.
  KeyUid current;
  // The key that did until then; empty if there was none.
  KeyUid superseded;
  // The NEXT key made with this rotation; empty if the policy keeps none.
  KeyUid next;
  // By `purge`, and to make room.
  std::vector<KeyUid> revoked;
  std::vector<KeyUid> retired;
  friend bool operator==(const Rotation&, const Rotation&) = default;
};

// RingRecord is a key ring. A deleted one stays, with its delete_time.
struct RingRecord {
  TenantId tenant;
  RingId id;
  // The name of a row of the algorithm table, such as "ES256": this folder does not know the table.
  std::string algorithm;
  KeyPolicy policy;
  CertificateProfile certificate;
  std::optional<Rotation> rotation;
  // The rotation quota as a virtual clock (GCRA): each rotation moves it on by a day divided by rotations_per_day, from the present
  // at least; it may not run ahead by more than a day.
  std::optional<absl::Time> rotation_quota_time;
  absl::Time create_time;
  absl::Time update_time;
  std::optional<absl::Time> delete_time;
  Revision revision = 0;
  friend bool operator==(const RingRecord&, const RingRecord&) = default;
};

enum class KeyState { kPendingGeneration = 1, kDisabled, kEnabled, kRevoked, kDestroyed, kGenerationFailed };

// KeyUsage is what a key has signed. It is the store's (KeyStore::RecordUsage): Commit neither writes nor expects it.
struct KeyUsage {
  // Signatures that were counted; those of the last second before a crash can be missing.
  int64_t signature_count = 0;
  std::optional<absl::Time> last_signed_time = std::nullopt;
  // The latest `exp` that it signed, as far as it was counted.
  std::optional<absl::Time> latest_token_expiry = std::nullopt;
  // No token that it signed lives longer. Written before the first token that needs it is released, so that no crash loses it.
  std::optional<absl::Time> token_expiry_bound = std::nullopt;
  friend bool operator==(const KeyUsage&, const KeyUsage&) = default;
};

// KeyRecord is a signing key's public side and its life. It is never removed.
struct KeyRecord {
  KeyUid uid;
  TenantId tenant;
  RingId ring;
  // Provisional (the uid) while PENDING_GENERATION, unless the caller chose it, and always once GENERATION_FAILED.
  Kid kid;
  bool kid_chosen = false;
  std::string algorithm;
  KeyState state = KeyState::kPendingGeneration;
  // DER SubjectPublicKeyInfo; empty until generated.
  std::string public_key_der;
  // The HSM may still hold private key material with this uid. Set with the intent, cleared once its destruction is confirmed.
  bool in_hsm = true;
  // X.509 certificates as DER, that of this key first; empty until generated, and for keys of releases that made none.
  std::vector<std::string> certificate_chain;
  // The request_id of its CreateKey, so that a restart can finish that request; empty if it had none.
  std::string create_request_id;
  absl::Time create_time;
  // The following are set as the key passes each stage.
  std::optional<absl::Time> publish_time;
  std::optional<absl::Time> enable_time;
  std::optional<absl::Time> disable_time;
  std::optional<absl::Time> revoke_time;
  std::optional<absl::Time> destroy_time;
  // The time of the last change of state.
  absl::Time update_time;
  // Set by the store.
  KeyUsage usage;
  // Position in the order of creation: the revision of the commit that created it. Set by the store.
  Revision create_revision = 0;
  Revision revision = 0;
  friend bool operator==(const KeyRecord&, const KeyRecord&) = default;
};

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

// RequestRecord remembers what a request_id stood for and what came of it, so that a repetition returns the first result.
struct RequestRecord {
  // Whose request_ids these are: the tenant that the request is about, or "" for tenants themselves.
  std::string scope;
  std::string request_id;
  // SHA-256 over verb and request, so that reuse for another request is noticed.
  std::string fingerprint;
  // The resulting record as JSON (record_json.h); empty while the request is still at work.
  std::string result;
  // The key that the request is making, if it is a CreateKey.
  KeyUid key_uid;
  absl::Time create_time;
  Revision revision = 0;
  friend bool operator==(const RequestRecord&, const RequestRecord&) = default;
};

// UsageUpdate adds to what a key has signed.
struct UsageUpdate {
  KeyUid uid;
  // Added.
  int64_t signatures = 0;
  // Never moved back.
  std::optional<absl::Time> last_signed_time = std::nullopt;
  std::optional<absl::Time> latest_token_expiry = std::nullopt;
  // Never moved back; only for a key that is ENABLED.
  std::optional<absl::Time> token_expiry_bound = std::nullopt;
};

// Lease says that one process among the replicas does a job, until it ends or is renewed.
struct Lease {
  // The job, such as "rotation".
  std::string name;
  // The process; unique.
  std::string holder;
  absl::Time until;
};

using Record = std::variant<TenantRecord, RingRecord, KeyRecord, RequestRecord, CredentialRecord, RevokedToken>;

// Event is one record of the audit trail, written in the same transaction as the change that it tells of.
struct Event {
  // Position in the trail, from 1, without gaps. Set by the store.
  int64_t sequence = 0;
  // The commit that wrote it. Set by the store.
  Revision revision = 0;
  absl::Time time;
  // Who: a principal, or "system" for the reconciler.
  std::string actor;
  // What: "CreateKey", "EnableKey", "KeyGenerated", …
  std::string action;
  // The full resource name that it happened to.
  std::string resource;
  TenantId tenant;
  std::string request_id;
  // The record before and after as JSON; empty where there was or is none.
  std::string before;
  std::string after;
  // SHA-256, raw, over the hash of the event before it and all of the above (EventHash). Set by the store.
  std::string hash;
  friend bool operator==(const Event&, const Event&) = default;
};

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_RECORDS_H_
