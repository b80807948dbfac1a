#ifndef SIGNET_SERVER_CORE_TENANT_SNAPSHOT_H_
#define SIGNET_SERVER_CORE_TENANT_SNAPSHOT_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "hsm/hsm.h"
#include "hsm/public_key.h"
#include "keystore/ids.h"
#include "keystore/policy.h"
#include "keystore/records.h"
#include "server/core/key_meter.h"
#include "server/core/names.h"

namespace signet::core {

// PublishedKey is a key that may verify: DISABLED or ENABLED.
struct PublishedKey {
  KeyName name;
  hsm::KeySpec spec;
  hsm::PublicKey public_key;
  keystore::KeyState state;
  // Position in the order of creation.
  keystore::Revision create_revision;
  // The stages of its life, and until when its tokens live as the store knew when it was read: what plans rest on.
  std::optional<absl::Time> publish_time;
  std::optional<absl::Time> enable_time;
  std::optional<absl::Time> disable_time;
  std::optional<absl::Time> token_expiry_bound;
  // X.509 certificates as DER, that of the key first; may be empty.
  std::vector<std::string> certificate_chain;
  // base64url of the JWS protected header {"alg","kid","typ":"JWT"}, encoded once.
  std::string encoded_header;
  // The same of an access token: "typ":"at+jwt".
  std::string encoded_access_token_header;
  // Counts what it signs. Shared: with former and later snapshots of the key, and with the SigningLedger.
  std::shared_ptr<KeyMeter> meter;
};

// Jwks is a JWK set, ready to be served.
struct Jwks {
  std::string json;
  // Strong, with its quotes: over the content of `json`.
  std::string etag;
  // How long it may be cached at most: the shortest jwks_max_age of the tenant's rings, as any of them may be the next to get a
  // key.
  absl::Duration longest_age;
  // When keys are planned to come, to go, or to begin to sign, in order.
  std::vector<absl::Time> planned_changes;

  // How long it may be cached from `now` on: longest_age, or until the next planned change, in whole seconds of at least 1. A
  // change that is overdue is no longer waited for: it may be held up for long.
  absl::Duration MaxAge(absl::Time now) const;
};

// TenantSnapshot is all that signing, verifying and serving the JWKS need to know of a tenant. Immutable.
struct TenantSnapshot {
  keystore::TenantRecord tenant;
  // The issuer in force.
  std::string issuer;
  struct Ring {
    keystore::ResolvedPolicy policy;
    // The key that signs, if there is one.
    std::shared_ptr<const PublishedKey> current;  // Shared with `published`.
  };
  std::map<keystore::RingId, Ring> rings;
  std::map<keystore::Kid, std::shared_ptr<const PublishedKey>> published;
  Jwks jwks;
  // The JOSE names of the published keys' algorithms, sorted, each once; for discovery.
  std::vector<std::string> signing_algorithms;
};

// Reads a key whose state is published. `meter` is that of its former snapshot, or nullptr for a new one.
//   kDataLoss  STORE_CORRUPT: its algorithm is not in the table, or its public key does not parse or does not fit it
absl::StatusOr<PublishedKey> ReadPublishedKey(const keystore::KeyRecord& record, absl::string_view instance_id,
                                              std::shared_ptr<KeyMeter> meter = nullptr);

// Makes a snapshot out of a tenant, its rings that are not deleted, and its published keys, which it shares with the caller. The
// JWKS holds all of them, the ENABLED ones first, then by age, the youngest first.
std::shared_ptr<const TenantSnapshot> BuildSnapshot(const keystore::TenantRecord& tenant, absl::string_view public_url,
                                                    const std::map<keystore::RingId, keystore::RingRecord>& rings,
                                                    const std::map<keystore::KeyUid, std::shared_ptr<const PublishedKey>>& keys);

// The label of a key in the HSM: "signet/{instance_id}/{uid}".
std::string HsmLabel(absl::string_view instance_id, const keystore::KeyUid& uid);
// The id of a key in the HSM, CKA_ID: the 16 bytes that the uid spells.
std::string HsmKeyId(const keystore::KeyUid& uid);
// How the HSM knows the key of `record`. WARNING: the algorithm must be in the table, which that of a record from a newer release
// or a damaged store need not be; ask hsm::FindAlgorithm first, and where the id will do, take HsmKeyId.
hsm::KeySpec HsmKeySpec(absl::string_view instance_id, const keystore::KeyRecord& record);

// The issuer of a tenant: its own, or "{public_url}/t/{tenant}".
std::string IssuerOf(const keystore::TenantRecord& tenant, absl::string_view public_url);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_TENANT_SNAPSHOT_H_
