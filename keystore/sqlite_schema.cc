#include "keystore/sqlite_schema.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "keystore/sqlite_event_chain.h"
#include "keystore/sqlite_statement.h"
#include "keystore/sqlite_transaction.h"

namespace signet::keystore {
namespace {

// Marks a database as Signet's, so that another program's is never migrated: the bytes "Sgnt".
constexpr int64_t kApplicationId = 0x53676e74;

// Each record is kept whole as JSON (record_json.h) in `record`, which is what is read. The columns beside it repeat what is
// searched, sorted or constrained; they are written with it and never read into a record. So a new member of a record needs no
// migration, a row shows exactly what the events and the etag are made of, and an older release can read a newer
// one's record (though it drops the member that it does not know when it writes the record again). Requests and events have no JSON
// form of their own, and what keys sign (version 5) is no part of theirs, so that all those columns count.
//
// The instance id only has to be unique; it is drawn by SQLite so that it appears in the same transaction as the tables.
constexpr char kVersion1[] = R"sql(
CREATE TABLE store (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  instance_id TEXT NOT NULL,
  revision INTEGER NOT NULL
) STRICT;
INSERT INTO store (only_row, instance_id, revision) VALUES (1, lower(hex(randomblob(16))), 0);

CREATE TABLE tenants (
  id TEXT PRIMARY KEY NOT NULL,
  parent TEXT,
  kind TEXT NOT NULL,
  deleted INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  record TEXT NOT NULL
) STRICT;
CREATE INDEX tenants_by_parent ON tenants (parent, id);
CREATE INDEX tenants_by_revision ON tenants (revision);

-- Of tenants that are not deleted.
CREATE TABLE host_aliases (
  host_alias TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL REFERENCES tenants (id)
) STRICT;
CREATE INDEX host_aliases_by_tenant ON host_aliases (tenant);

CREATE TABLE key_rings (
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  deleted INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  record TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX key_rings_by_revision ON key_rings (revision);

CREATE TABLE signing_keys (
  uid TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL,
  ring TEXT NOT NULL,
  kid TEXT NOT NULL,
  state TEXT NOT NULL,
  create_revision INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  record TEXT NOT NULL,
  UNIQUE (tenant, kid),
  UNIQUE (tenant, ring, create_revision)
) STRICT;
CREATE UNIQUE INDEX one_enabled_key_in_a_ring ON signing_keys (tenant, ring) WHERE state = 'ENABLED';
CREATE INDEX signing_keys_by_revision ON signing_keys (revision);

CREATE TABLE requests (
  scope TEXT NOT NULL,
  request_id TEXT NOT NULL,
  fingerprint BLOB NOT NULL,
  result TEXT NOT NULL,
  key_uid TEXT NOT NULL,
  create_time INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (scope, request_id)
) STRICT;

CREATE TABLE events (
  sequence INTEGER PRIMARY KEY,
  revision INTEGER NOT NULL,
  time INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  resource TEXT NOT NULL,
  tenant TEXT NOT NULL,
  request_id TEXT NOT NULL,
  before TEXT NOT NULL,
  after TEXT NOT NULL
) STRICT;
)sql";

// What keys sign is counted in columns of its own, which only RecordUsage writes: a commit of the key neither knows nor undoes it.
//
// Version 1 knew only how long a key's tokens live (`token_ttl_bound` in its JSON). A key that was ever enabled may have signed one
// up to the moment it was disabled, or up to now: that moment and this life bound what it signed. A record that is damaged stays
// as it is, so that it fails those who read it, not the migration.
constexpr char kVersion2[] = R"sql(
ALTER TABLE signing_keys ADD COLUMN signature_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE signing_keys ADD COLUMN last_signed_time INTEGER;
ALTER TABLE signing_keys ADD COLUMN latest_token_expiry INTEGER;
ALTER TABLE signing_keys ADD COLUMN token_expiry_bound INTEGER;

UPDATE signing_keys SET
  token_expiry_bound = CASE WHEN record ->> 'enable_time' IS NOT NULL THEN
    coalesce(
      CASE state WHEN 'DISABLED' THEN record ->> 'disable_time' END,
      CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER))
    + coalesce(record ->> 'token_ttl_bound', 0)
  END,
  record = json_remove(record, '$.token_ttl_bound')
WHERE json_valid(record);

CREATE TABLE leases (
  name TEXT PRIMARY KEY NOT NULL,
  holder TEXT NOT NULL,
  until INTEGER NOT NULL
) STRICT;

CREATE INDEX events_by_tenant ON events (tenant, sequence);
)sql";

// The time of a credential's last use is a column of its own for the reason of version 2's. Void tokens are no JSON: they have no
// member that is not searched. Ids are used up without a commit, so that they have no revision.
//
// Each event's hash rests on that of the one before it: those of older versions are computed now (ChainEvents).
constexpr char kVersion3[] = R"sql(
CREATE TABLE credentials (
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  client_id TEXT NOT NULL UNIQUE,
  deleted INTEGER NOT NULL,
  last_used_time INTEGER,
  revision INTEGER NOT NULL,
  record TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX credentials_by_revision ON credentials (revision);

CREATE TABLE revoked_tokens (
  token_id TEXT PRIMARY KEY NOT NULL,
  tenant TEXT NOT NULL,
  expire_time INTEGER NOT NULL,
  revision INTEGER NOT NULL
) STRICT;
CREATE INDEX revoked_tokens_by_revision ON revoked_tokens (revision);
CREATE INDEX revoked_tokens_by_expire_time ON revoked_tokens (expire_time);

CREATE TABLE used_ids (
  scope TEXT NOT NULL,
  id TEXT NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (scope, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX used_ids_by_until ON used_ids (until);

ALTER TABLE events ADD COLUMN hash BLOB NOT NULL DEFAULT x'';
)sql";

// What is wrapped is no JSON, so that it is in no event. It goes with its key, by the commit that ends that (sqlite_change.cc);
// what has wrapped it is not destroyed before.
constexpr char kVersion4[] = R"sql(
CREATE TABLE wrapping_keys (
  uid TEXT PRIMARY KEY NOT NULL,
  state TEXT NOT NULL,
  revision INTEGER NOT NULL,
  record TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX one_current_wrapping_key ON wrapping_keys (state) WHERE state = 'CURRENT';

CREATE TABLE wrapped_keys (
  key_uid TEXT PRIMARY KEY NOT NULL REFERENCES signing_keys (uid),
  wrapping_key TEXT NOT NULL REFERENCES wrapping_keys (uid),
  public_key BLOB NOT NULL,
  blob BLOB NOT NULL,
  mac BLOB NOT NULL,
  revision INTEGER NOT NULL
) STRICT;
CREATE INDEX wrapped_keys_by_wrapping_key ON wrapped_keys (wrapping_key, key_uid);
)sql";

// What keys sign is written each second, of thousands of keys where many sign: a page holds fifty of these rows, and five of keys.
// A key that has not signed has none.
constexpr char kVersion5[] = R"sql(
CREATE TABLE key_usage (
  key_uid TEXT PRIMARY KEY NOT NULL REFERENCES signing_keys (uid),
  signature_count INTEGER NOT NULL,
  last_signed_time INTEGER,
  latest_token_expiry INTEGER,
  token_expiry_bound INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO key_usage (key_uid, signature_count, last_signed_time, latest_token_expiry, token_expiry_bound)
SELECT uid, signature_count, last_signed_time, latest_token_expiry, token_expiry_bound FROM signing_keys
WHERE signature_count > 0 OR coalesce(last_signed_time, latest_token_expiry, token_expiry_bound) IS NOT NULL;
ALTER TABLE signing_keys DROP COLUMN signature_count;
ALTER TABLE signing_keys DROP COLUMN last_signed_time;
ALTER TABLE signing_keys DROP COLUMN latest_token_expiry;
ALTER TABLE signing_keys DROP COLUMN token_expiry_bound;
)sql";

// Returns the version of the database, 0 if it is empty.
absl::StatusOr<int64_t> ReadVersion(SqliteConnection& connection) {
  SIGNET_ASSIGN_OR_RETURN(const int64_t application, SelectNumber(connection, "PRAGMA application_id", {}, 0));
  SIGNET_ASSIGN_OR_RETURN(const int64_t version, SelectNumber(connection, "PRAGMA user_version", {}, 0));
  SIGNET_ASSIGN_OR_RETURN(const int64_t tables, SelectNumber(connection, "SELECT count(*) FROM sqlite_schema", {}, 0));
  const bool is_empty = application == 0 && version == 0 && tables == 0;
  if (!is_empty && application != kApplicationId) {
    return absl::FailedPreconditionError("the database belongs to another program; name another file for the store");
  }
  return version;
}

absl::Status TurnOnWal(SqliteConnection& connection) {
  SIGNET_ASSIGN_OR_RETURN(SqliteStatement statement, SqliteStatement::Create(connection, "PRAGMA journal_mode = WAL", {}));
  SIGNET_RETURN_IF_ERROR(statement.Step().status());
  // SQLite answers with the mode that it is in; where shared memory does not work, such as on network file systems, it stays out.
  if (statement.Text(0) == "wal") return absl::OkStatus();
  return absl::FailedPreconditionError("the store's file system cannot hold a write-ahead log; use a local one");
}

}  // namespace

const std::vector<SqliteMigration>& SqliteMigrations() {
  // Never destroyed: no global of this program has a destructor.
  static const auto& migrations =
      *new std::vector<SqliteMigration>{{kVersion1}, {kVersion2}, {kVersion3, ChainEvents}, {kVersion4}, {kVersion5}};
  return migrations;
}

absl::Status Migrate(SqliteConnection& connection, const std::vector<SqliteMigration>& migrations) {
  SIGNET_ASSIGN_OR_RETURN(const int64_t version, ReadVersion(connection));
  const auto known = static_cast<int64_t>(migrations.size());
  if (version < 0 || version > known) {
    return absl::FailedPreconditionError(absl::StrCat("the store has schema version ", version, ", this release knows up to ",
                                                      known, "; start the release that wrote it, or restore a backup"));
  }
  SIGNET_RETURN_IF_ERROR(TurnOnWal(connection));
  for (int64_t next = version + 1; next <= known; ++next) {
    SIGNET_ASSIGN_OR_RETURN(SqliteTransaction transaction, SqliteTransaction::Begin(connection, SqliteTransaction::Kind::kWrite));
    const std::string action = absl::StrCat("make its schema version ", next);
    const SqliteMigration& migration = migrations[next - 1];
    SIGNET_RETURN_IF_ERROR(connection.Run(migration.script, action));
    if (migration.then != nullptr) SIGNET_RETURN_IF_ERROR(migration.then(connection));
    // A PRAGMA takes no bound parameters; these are numbers of our own.
    SIGNET_RETURN_IF_ERROR(
        connection.Run(absl::StrCat("PRAGMA application_id = ", kApplicationId, "; PRAGMA user_version = ", next, ";"), action));
    SIGNET_RETURN_IF_ERROR(transaction.Commit());
  }
  return absl::OkStatus();
}

}  // namespace signet::keystore
