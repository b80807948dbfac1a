#ifndef SIGNET_KEYSTORE_MEMORY_CONTENTS_H_
#define SIGNET_KEYSTORE_MEMORY_CONTENTS_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "keystore/key_store.h"
#include "keystore/records.h"

namespace signet::keystore {

// Contents is everything that the store in memory holds.
struct Contents {
  Revision revision = 0;
  std::map<TenantId, TenantRecord> tenants;
  std::map<std::string, TenantId> host_aliases;
  std::map<std::pair<TenantId, RingId>, RingRecord> rings;
  std::map<KeyUid, KeyRecord> keys;
  std::map<KeyUid, WrappedKeyRecord> wrapped_keys;
  std::map<WrappingKeyUid, WrappingKeyRecord> wrapping_keys;
  std::map<std::pair<std::string, std::string>, RequestRecord> requests;
  std::map<std::pair<TenantId, CredentialId>, CredentialRecord> credentials;
  // By token_id.
  std::map<std::string, RevokedToken> revoked_tokens;
  // By scope and id: until when they are remembered.
  std::map<std::pair<std::string, std::string>, absl::Time> used_ids;
  std::vector<Event> events;
  std::map<std::string, Lease> leases;
};

// The time as stores keep it, in microseconds.
absl::Time StoredTime(absl::Time time);

// Writes `change`. After an error the contents are those of no store: give this a copy.
//   as KeyStore::Commit
absl::Status Write(const Change& change, Contents& contents);

// Adds to the usage of a key. False if its token_expiry_bound was refused, or if there is no such key.
bool AddUsage(const UsageUpdate& update, Contents& contents);

// Moves on the last_used_time of a credential.
void AddCredentialUse(const CredentialUse& use, Contents& contents);

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_MEMORY_CONTENTS_H_
