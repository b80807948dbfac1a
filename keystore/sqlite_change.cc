#include "keystore/sqlite_change.h"

#include <set>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "keystore/lifecycle.h"
#include "keystore/record_json.h"
#include "keystore/sqlite_event_chain.h"
#include "keystore/sqlite_statement.h"
#include "keystore/store_error.h"

namespace signet::keystore {
namespace {

// Asks for the revision of what is stored under a record's identity; 0 if nothing is.
struct StoredRevision {
  SqliteConnection& connection;

  absl::StatusOr<Revision> operator()(const TenantRecord& tenant) const {
    return SelectNumber(connection, "SELECT revision FROM tenants WHERE id = ?1", {tenant.id.value()}, 0);
  }
  absl::StatusOr<Revision> operator()(const RingRecord& ring) const {
    return SelectNumber(connection, "SELECT revision FROM key_rings WHERE tenant = ?1 AND id = ?2",
                        {ring.tenant.value(), ring.id.value()}, 0);
  }
  absl::StatusOr<Revision> operator()(const KeyRecord& key) const {
    return SelectNumber(connection, "SELECT revision FROM signing_keys WHERE uid = ?1", {key.uid.value()}, 0);
  }
  absl::StatusOr<Revision> operator()(const RequestRecord& request) const {
    return SelectNumber(connection, "SELECT revision FROM requests WHERE scope = ?1 AND request_id = ?2",
                        {request.scope, request.request_id}, 0);
  }
  absl::StatusOr<Revision> operator()(const CredentialRecord& credential) const {
    return SelectNumber(connection, "SELECT revision FROM credentials WHERE tenant = ?1 AND id = ?2",
                        {credential.tenant.value(), credential.id.value()}, 0);
  }
  absl::StatusOr<Revision> operator()(const RevokedToken& token) const {
    return SelectNumber(connection, "SELECT revision FROM revoked_tokens WHERE token_id = ?1", {token.token_id}, 0);
  }
  absl::StatusOr<Revision> operator()(const WrappedKeyRecord& wrapped) const {
    return SelectNumber(connection, "SELECT revision FROM wrapped_keys WHERE key_uid = ?1", {wrapped.key.value()}, 0);
  }
  absl::StatusOr<Revision> operator()(const WrappingKeyRecord& wrapping_key) const {
    return SelectNumber(connection, "SELECT revision FROM wrapping_keys WHERE uid = ?1", {wrapping_key.uid.value()}, 0);
  }
};

// Checks that a record has the revision that the caller saw. Nobody else writes within the transaction, so that it still has it
// when it is written.
absl::Status CheckRevision(SqliteConnection& connection, const Record& record) {
  SIGNET_ASSIGN_OR_RETURN(const Revision stored, std::visit(StoredRevision{connection}, record));
  const Revision expected = std::visit([](const auto& typed) { return typed.revision; }, record);
  if (stored != expected) return ConcurrentChange(record);
  return absl::OkStatus();
}

constexpr char kPutTenant[] =
    "INSERT INTO tenants (id, parent, kind, deleted, revision, record) VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
    "ON CONFLICT (id) DO UPDATE SET parent = excluded.parent, kind = excluded.kind, deleted = excluded.deleted, "
    "revision = excluded.revision, record = excluded.record";

constexpr char kPutRing[] =
    "INSERT INTO key_rings (tenant, id, deleted, revision, record) VALUES (?1, ?2, ?3, ?4, ?5) "
    "ON CONFLICT (tenant, id) DO UPDATE SET deleted = excluded.deleted, revision = excluded.revision, record = excluded.record";

// create_revision is written once.
constexpr char kPutKey[] =
    "INSERT INTO signing_keys (uid, tenant, ring, kid, state, create_revision, revision, record) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7) "
    "ON CONFLICT (uid) DO UPDATE SET tenant = excluded.tenant, ring = excluded.ring, kid = excluded.kid, state = excluded.state, "
    "revision = excluded.revision, record = excluded.record";

constexpr char kPutRequest[] =
    "INSERT INTO requests (scope, request_id, fingerprint, result, key_uid, create_time, revision) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
    "ON CONFLICT (scope, request_id) DO UPDATE SET fingerprint = excluded.fingerprint, result = excluded.result, "
    "key_uid = excluded.key_uid, create_time = excluded.create_time, revision = excluded.revision";

constexpr char kPutCredential[] =
    "INSERT INTO credentials (tenant, id, client_id, deleted, revision, record) VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
    "ON CONFLICT (tenant, id) DO UPDATE SET "
    // One that takes the name of another was not used yet.
    "last_used_time = CASE WHEN client_id = excluded.client_id THEN last_used_time END, "
    "client_id = excluded.client_id, deleted = excluded.deleted, revision = excluded.revision, record = excluded.record";

constexpr char kPutRevokedToken[] =
    "INSERT INTO revoked_tokens (token_id, tenant, expire_time, revision) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT (token_id) DO UPDATE SET tenant = excluded.tenant, expire_time = excluded.expire_time, "
    "revision = excluded.revision";

constexpr char kPutWrappedKey[] =
    "INSERT INTO wrapped_keys (key_uid, wrapping_key, public_key, blob, mac, revision) VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
    "ON CONFLICT (key_uid) DO UPDATE SET wrapping_key = excluded.wrapping_key, public_key = excluded.public_key, "
    "blob = excluded.blob, mac = excluded.mac, revision = excluded.revision";

constexpr char kPutWrappingKey[] =
    "INSERT INTO wrapping_keys (uid, state, revision, record) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT (uid) DO UPDATE SET state = excluded.state, revision = excluded.revision, record = excluded.record";

// Writes a record whose revision was checked.
struct Put {
  SqliteConnection& connection;
  const Revision revision;
  // The time of the change.
  const absl::Time present;

  absl::Status operator()(const TenantRecord& tenant) const {
    const SqliteValue parent = tenant.parent ? SqliteValue(tenant.parent->value()) : SqliteValue(nullptr);
    SIGNET_RETURN_IF_ERROR(Run(kPutTenant, {tenant.id.value(), parent, ToWord(tenant.kind),
                                            static_cast<int64_t>(tenant.delete_time.has_value()), revision, ToJson(tenant)}));
    return PutHostAliases(tenant);
  }

  absl::Status operator()(const RingRecord& ring) const {
    return Run(kPutRing,
               {ring.tenant.value(), ring.id.value(), static_cast<int64_t>(ring.delete_time.has_value()), revision, ToJson(ring)});
  }

  absl::Status operator()(const KeyRecord& key) const {
    // Asked for beforehand, as SQLite names a violated constraint only in a message for people. What its constraints still refuse
    // afterwards is a defect.
    SIGNET_ASSIGN_OR_RETURN(
        const int64_t others,
        SelectNumber(connection, "SELECT count(*) FROM signing_keys WHERE tenant = ?1 AND kid = ?2 AND uid <> ?3",
                     {key.tenant.value(), key.kid.value(), key.uid.value()}, 0));
    if (others > 0) return KidTaken(key);
    // What cannot sign any more has no private key.
    if (!IsLive(key)) SIGNET_RETURN_IF_ERROR(Run("DELETE FROM wrapped_keys WHERE key_uid = ?1", {key.uid.value()}));
    return Run(kPutKey,
               {key.uid.value(), key.tenant.value(), key.ring.value(), key.kid.value(), ToWord(key.state), revision, ToJson(key)});
  }

  absl::Status operator()(const WrappedKeyRecord& wrapped) const {
    SIGNET_ASSIGN_OR_RETURN(
        const int64_t live,
        SelectNumber(connection,
                     "SELECT count(*) FROM signing_keys WHERE uid = ?1 AND state IN ('PENDING_GENERATION', 'DISABLED', 'ENABLED')",
                     {wrapped.key.value()}, 0));
    SIGNET_ASSIGN_OR_RETURN(
        const int64_t unwraps,
        SelectNumber(connection, "SELECT count(*) FROM wrapping_keys WHERE uid = ?1 AND state IN ('CURRENT', 'FORMER')",
                     {wrapped.wrapping_key.value()}, 0));
    if (live == 0 || unwraps == 0) return ConcurrentChange(wrapped);
    return Run(kPutWrappedKey, {wrapped.key.value(), wrapped.wrapping_key.value(), SqliteBlob(wrapped.public_key_der),
                                SqliteBlob(wrapped.blob), SqliteBlob(wrapped.mac), revision});
  }

  absl::Status operator()(const WrappingKeyRecord& wrapping_key) const {
    if (wrapping_key.state == WrappingKeyState::kDestroyed) {
      SIGNET_ASSIGN_OR_RETURN(
          const int64_t wrapped,
          SelectNumber(connection, "SELECT count(*) FROM wrapped_keys WHERE wrapping_key = ?1", {wrapping_key.uid.value()}, 0));
      if (wrapped > 0) return ConcurrentChange(wrapping_key);
    }
    if (wrapping_key.state == WrappingKeyState::kCurrent) {
      SIGNET_ASSIGN_OR_RETURN(const int64_t others,
                              SelectNumber(connection, "SELECT count(*) FROM wrapping_keys WHERE state = 'CURRENT' AND uid <> ?1",
                                           {wrapping_key.uid.value()}, 0));
      if (others > 0) return ConcurrentChange(wrapping_key);
    }
    return Run(kPutWrappingKey, {wrapping_key.uid.value(), ToWord(wrapping_key.state), revision, ToJson(wrapping_key)});
  }

  absl::Status operator()(const RequestRecord& request) const {
    return Run(kPutRequest, {request.scope, request.request_id, SqliteBlob(request.fingerprint), request.result,
                             request.key_uid.value(), absl::ToUnixMicros(request.create_time), revision});
  }

  absl::Status operator()(const CredentialRecord& credential) const {
    SIGNET_ASSIGN_OR_RETURN(
        const int64_t others,
        SelectNumber(connection, "SELECT count(*) FROM credentials WHERE client_id = ?1 AND (tenant <> ?2 OR id <> ?3)",
                     {credential.client_id, credential.tenant.value(), credential.id.value()}, 0));
    if (others > 0) return ClientIdTaken(credential);
    return Run(kPutCredential, {credential.tenant.value(), credential.id.value(), credential.client_id,
                                static_cast<int64_t>(credential.delete_time.has_value()), revision, ToJson(credential)});
  }

  absl::Status operator()(const RevokedToken& token) const {
    SIGNET_RETURN_IF_ERROR(
        Run("DELETE FROM revoked_tokens WHERE expire_time <= ?1", {absl::ToUnixMicros(present - kRevokedTokenGrace)}));
    return Run(kPutRevokedToken, {token.token_id, token.tenant.value(), absl::ToUnixMicros(token.expire_time), revision});
  }

 private:
  absl::Status PutHostAliases(const TenantRecord& tenant) const {
    SIGNET_RETURN_IF_ERROR(Run("DELETE FROM host_aliases WHERE tenant = ?1", {tenant.id.value()}));
    if (tenant.delete_time) return absl::OkStatus();
    const std::set<std::string> host_aliases(tenant.host_aliases.begin(), tenant.host_aliases.end());
    for (const std::string& host_alias : host_aliases) {
      SIGNET_ASSIGN_OR_RETURN(
          const int64_t written,
          RunStatement(connection, "INSERT INTO host_aliases (host_alias, tenant) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                       {host_alias, tenant.id.value()}));
      if (written == 0) return HostAliasTaken(host_alias);
    }
    return absl::OkStatus();
  }

  absl::Status Run(absl::string_view sql, const std::vector<SqliteValue>& parameters) const {
    return RunStatement(connection, sql, parameters).status();
  }
};

}  // namespace

absl::StatusOr<Revision> WriteChange(SqliteConnection& connection, const Change& change) {
  SIGNET_RETURN_IF_ERROR(CheckChange(change));
  for (const Expectation& expectation : change.expectations) {
    SIGNET_RETURN_IF_ERROR(CheckRevision(connection, expectation.record));
  }
  SIGNET_ASSIGN_OR_RETURN(const Revision revision,
                          SelectNumber(connection, "UPDATE store SET revision = revision + 1 RETURNING revision", {}, 0));
  const Put put{connection, revision, change.events.front().time};
  for (const Record& record : change.puts) {
    SIGNET_RETURN_IF_ERROR(CheckRevision(connection, record));
    SIGNET_RETURN_IF_ERROR(std::visit(put, record));
  }
  SIGNET_RETURN_IF_ERROR(AppendEvents(connection, revision, change.events));
  return revision;
}

}  // namespace signet::keystore
