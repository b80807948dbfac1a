#ifndef SIGNET_KEYSTORE_SQLITE_ROW_H_
#define SIGNET_KEYSTORE_SQLITE_ROW_H_

#include "absl/status/statusor.h"
#include "keystore/records.h"
#include "keystore/sqlite_statement.h"

namespace signet::keystore {

// Each reads the row on which `row` stands, whose statement selects the columns named before it, in this order.
//   kDataLoss  STORE_CORRUPT

// record, revision
absl::StatusOr<TenantRecord> ReadTenant(const SqliteStatement& row);
absl::StatusOr<RingRecord> ReadRing(const SqliteStatement& row);

// record, revision, create_revision, signature_count, last_signed_time, latest_token_expiry, token_expiry_bound
absl::StatusOr<KeyRecord> ReadKey(const SqliteStatement& row);

// record, revision, last_used_time
absl::StatusOr<CredentialRecord> ReadCredential(const SqliteStatement& row);

// token_id, revision, tenant, expire_time
absl::StatusOr<RevokedToken> ReadRevokedToken(const SqliteStatement& row);

// record, revision
absl::StatusOr<WrappingKeyRecord> ReadWrappingKey(const SqliteStatement& row);

// key_uid, wrapping_key, public_key, blob, mac, revision
absl::StatusOr<WrappedKeyRecord> ReadWrappedKey(const SqliteStatement& row);

// scope, request_id, fingerprint, result, key_uid, create_time, revision
absl::StatusOr<RequestRecord> ReadRequest(const SqliteStatement& row);

// sequence, revision, time, actor, action, resource, tenant, request_id, before, after, hash
absl::StatusOr<Event> ReadEvent(const SqliteStatement& row);

// Seven columns, of which the record's kind uses the first; then the kind, by its position in the variant
absl::StatusOr<Record> ReadAny(const SqliteStatement& row);

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_SQLITE_ROW_H_
