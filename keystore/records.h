#ifndef SIGNET_KEYSTORE_RECORDS_H_
#define SIGNET_KEYSTORE_RECORDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "keystore/credential_records.h"
#include "keystore/ids.h"
#include "keystore/revision.h"

namespace signet::keystore {

// kSystem is the one tenant that Signet itself owns, `system`; it stands above all others.
enum class TenantKind { kGlobalAccount = 1, kDirectory, kSubaccount, kSystem };

// CustomSigningKey is a public key whose private key somebody else has, and that a tenant's JWKS shows as well.
struct CustomSigningKey {
  std::string kid;
  // The JWK (RFC 7517) as JSON, `kid` included.
  std::string jwk;
  friend bool operator==(const CustomSigningKey&, const CustomSigningKey&) = default;
};

// TenantRecord is a tenant. A deleted one stays, with its delete_time, so that readers who follow the revision learn of it.
struct TenantRecord {
  TenantId id;
  TenantKind kind = TenantKind::kSubaccount;
  std::string display_name;
  std::optional<TenantId> parent;
  // Empty: derived from the server's public URL.
  std::string issuer;
  std::vector<std::string> host_aliases;
  std::vector<CustomSigningKey> custom_signing_keys;
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
  // What clients of SAP BTP set and read. No refresh tokens are issued: nothing follows from it.
  std::optional<absl::Duration> refresh_token_validity;
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

// Protection is where private keys are: on the token, or in the store, wrapped by a key that stays on the token.
enum class Protection { kToken = 1, kWrapped };

// RingRecord is a key ring. A deleted one stays, with its delete_time.
struct RingRecord {
  TenantId tenant;
  RingId id;
  // The name of a row of the algorithm table, such as "ES256": this folder does not know the table.
  std::string algorithm;
  // That of its next keys.
  Protection protection = Protection::kToken;
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
  // The ring's, when it was created.
  Protection protection = Protection::kToken;
  KeyState state = KeyState::kPendingGeneration;
  // DER SubjectPublicKeyInfo; empty until generated.
  std::string public_key_der;
  // The HSM may still hold private key material with this uid, of a WRAPPED key what was unwrapped of it. Set with the intent,
  // cleared once its destruction is confirmed.
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

// WrappedKeyRecord is the private key of a WRAPPED key. No event shows it, and it goes with its key: the commit that makes the key
// REVOKED, DESTROYED or GENERATION_FAILED removes it.
struct WrappedKeyRecord {
  KeyUid key;
  WrappingKeyUid wrapping_key;
  // As hsm::WrappedKey has them.
  std::string public_key_der;
  std::string blob;
  std::string mac;
  Revision revision = 0;
  friend bool operator==(const WrappedKeyRecord&, const WrappedKeyRecord&) = default;
};

// PENDING_GENERATION is the intent; new keys are wrapped by the one CURRENT; FORMER ones still unwrap.
enum class WrappingKeyState { kPendingGeneration = 1, kCurrent, kFormer, kDestroyed };

// WrappingKeyRecord is a wrapping key in the HSM. It is never removed.
struct WrappingKeyRecord {
  WrappingKeyUid uid;
  WrappingKeyState state = WrappingKeyState::kPendingGeneration;
  // The HSM may still hold it.
  bool in_hsm = true;
  absl::Time create_time;
  // The following are set as it passes each stage.
  std::optional<absl::Time> current_time;
  std::optional<absl::Time> former_time;
  std::optional<absl::Time> destroy_time;
  Revision revision = 0;
  friend bool operator==(const WrappingKeyRecord&, const WrappingKeyRecord&) = default;
};

// RequestRecord remembers what a request_id stood for and what came of it, so that a repetition returns the first result.
struct RequestRecord {
  // Whose request_ids these are: the tenant that the request is about, "" for tenants themselves, or "wrapping keys", which is no
  // tenant's id, for those.
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

using Record = std::variant<TenantRecord, RingRecord, KeyRecord, RequestRecord, CredentialRecord, RevokedToken, WrappedKeyRecord,
                            WrappingKeyRecord>;

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
