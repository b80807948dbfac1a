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

enum class TenantKind { kGlobalAccount = 1, kDirectory, kSubaccount };

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
  std::optional<absl::Duration> activation_delay;
  std::optional<absl::Duration> min_retention;
  std::optional<bool> retain_until_revoked;
  std::optional<absl::Duration> max_token_ttl;
  std::optional<absl::Duration> jwks_max_age;
  // Until when verifiers may hold a JWKS that they fetched under an earlier, longer jwks_max_age of this ring or of its tenant.
  // Never set by callers: see CachedUntil.
  std::optional<absl::Time> jwks_cached_until;
  friend bool operator==(const KeyPolicy&, const KeyPolicy&) = default;
};

// RingRecord is a key ring. A deleted one stays, with its delete_time.
struct RingRecord {
  TenantId tenant;
  RingId id;
  // The name of a row of the algorithm table, such as "ES256": this folder does not know the table.
  std::string algorithm;
  KeyPolicy policy;
  absl::Time create_time;
  absl::Time update_time;
  std::optional<absl::Time> delete_time;
  Revision revision = 0;
  friend bool operator==(const RingRecord&, const RingRecord&) = default;
};

enum class KeyState { kPendingGeneration = 1, kDisabled, kEnabled, kRevoked, kDestroyed, kGenerationFailed };

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
  // The longest token life under which this key may have signed; zero if it was never enabled.
  absl::Duration token_ttl_bound;
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
  // Position in the order of creation: the revision of the commit that created it. Set by the store.
  Revision create_revision = 0;
  Revision revision = 0;
  friend bool operator==(const KeyRecord&, const KeyRecord&) = default;
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

using Record = std::variant<TenantRecord, RingRecord, KeyRecord, RequestRecord>;

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
  friend bool operator==(const Event&, const Event&) = default;
};

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_RECORDS_H_
