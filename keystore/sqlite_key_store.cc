#include "keystore/sqlite_key_store.h"

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "keystore/connection_pool.h"
#include "keystore/record_json.h"
#include "keystore/sqlite_change.h"
#include "keystore/sqlite_connection.h"
#include "keystore/sqlite_event_query.h"
#include "keystore/sqlite_row.h"
#include "keystore/sqlite_schema.h"
#include "keystore/sqlite_statement.h"
#include "keystore/sqlite_transaction.h"
#include "keystore/sqlite_usage.h"
#include "keystore/store_error.h"
#include "keystore/store_file.h"

namespace signet::keystore {
namespace {

// As many as the server's administrative threads; a reader more would only wait for the disk.
constexpr int kReaders = 4;
// Longer than any healthy disk takes for the commits that can be queued in front.
constexpr absl::Duration kConnectionPatience = absl::Seconds(10);

// Within a commit tenants come before rings before keys before credentials before tokens. SQLite merges the indexes by revision and
// sorts only the records of one revision among themselves, so that the first rows come at once however many follow.
constexpr char kSelectChanges[] =
    "SELECT record, revision, 0 AS create_revision, 0, NULL, NULL, NULL, 0 AS kind FROM tenants WHERE revision > ?1 "
    "UNION ALL SELECT record, revision, 0, 0, NULL, NULL, NULL, 1 FROM key_rings WHERE revision > ?1 "
    "UNION ALL SELECT record, revision, create_revision, signature_count, last_signed_time, latest_token_expiry, "
    "token_expiry_bound, 2 FROM signing_keys LEFT JOIN key_usage ON key_uid = uid WHERE revision > ?1 "
    "UNION ALL SELECT record, revision, last_used_time, 0, NULL, NULL, NULL, 4 FROM credentials WHERE revision > ?1 "
    "UNION ALL SELECT token_id, revision, tenant, expire_time, NULL, NULL, NULL, 5 FROM revoked_tokens WHERE revision > ?1 "
    "ORDER BY revision, kind";

constexpr char kSelectKeys[] =
    "SELECT record, revision, create_revision, signature_count, last_signed_time, latest_token_expiry, token_expiry_bound "
    "FROM signing_keys LEFT JOIN key_usage ON key_uid = uid ";

constexpr char kSelectWrappedKeys[] = "SELECT key_uid, wrapping_key, public_key, blob, mac, revision FROM wrapped_keys ";

constexpr char kHoldLease[] =
    "INSERT INTO leases (name, holder, until) VALUES (?1, ?2, ?3) "
    "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until "
    "WHERE leases.holder = excluded.holder OR leases.until <= ?4 OR leases.until > ?5";

// SqliteKeyStore is documented where it is made.
class SqliteKeyStore final : public KeyStore {
 public:
  SqliteKeyStore(StoreFile file, std::string instance_id, std::vector<std::unique_ptr<SqliteConnection>> writer,
                 std::vector<std::unique_ptr<SqliteConnection>> readers)
      : file_(std::move(file)), instance_id_(std::move(instance_id)), writer_(std::move(writer)), readers_(std::move(readers)) {}

  absl::StatusOr<std::string> InstanceId() override { return instance_id_; }

  absl::StatusOr<std::optional<TenantRecord>> GetTenant(const TenantId& id) override {
    return SelectOne<TenantRecord>("SELECT record, revision FROM tenants WHERE id = ?1", {id.value()}, ReadTenant);
  }

  absl::StatusOr<std::optional<TenantRecord>> GetTenantByHostAlias(const std::string& host_alias) override {
    return SelectOne<TenantRecord>(
        "SELECT record, revision FROM tenants WHERE id = (SELECT tenant FROM host_aliases WHERE host_alias = ?1)", {host_alias},
        ReadTenant);
  }

  absl::StatusOr<std::optional<RingRecord>> GetRing(const TenantId& tenant, const RingId& id) override {
    return SelectOne<RingRecord>("SELECT record, revision FROM key_rings WHERE tenant = ?1 AND id = ?2",
                                 {tenant.value(), id.value()}, ReadRing);
  }

  absl::StatusOr<std::optional<KeyRecord>> GetKey(const TenantId& tenant, const Kid& kid) override {
    return SelectOne<KeyRecord>(absl::StrCat(kSelectKeys, "WHERE tenant = ?1 AND kid = ?2"), {tenant.value(), kid.value()},
                                ReadKey);
  }

  absl::StatusOr<std::optional<KeyRecord>> GetKeyByUid(const KeyUid& uid) override {
    return SelectOne<KeyRecord>(absl::StrCat(kSelectKeys, "WHERE uid = ?1"), {uid.value()}, ReadKey);
  }

  absl::StatusOr<std::optional<WrappedKeyRecord>> GetWrappedKey(const KeyUid& key) override {
    return SelectOne<WrappedKeyRecord>(absl::StrCat(kSelectWrappedKeys, "WHERE key_uid = ?1"), {key.value()}, ReadWrappedKey);
  }

  absl::StatusOr<std::vector<WrappedKeyRecord>> ListWrappedKeys(const WrappingKeyUid& wrapping_key, const Page& page) override {
    SIGNET_RETURN_IF_ERROR(CheckPage(page));
    return SelectAll<WrappedKeyRecord>(
        absl::StrCat(kSelectWrappedKeys, "WHERE wrapping_key = ?1 AND key_uid > ?2 ORDER BY key_uid LIMIT ?3"),
        {wrapping_key.value(), page.after, Limit(page)}, ReadWrappedKey);
  }

  absl::StatusOr<std::map<WrappingKeyUid, int64_t>> CountWrappedKeys() override {
    using Count = std::pair<WrappingKeyUid, int64_t>;
    const auto read = [](const SqliteStatement& row) {
      return absl::StatusOr<Count>({WrappingKeyUid(row.Text(0)), row.Number(1)});
    };
    SIGNET_ASSIGN_OR_RETURN(const std::vector<Count> counts,
                            SelectAll<Count>("SELECT wrapping_key, count(*) FROM wrapped_keys GROUP BY wrapping_key", {}, +read));
    return std::map<WrappingKeyUid, int64_t>(counts.begin(), counts.end());
  }

  absl::StatusOr<std::vector<WrappingKeyRecord>> ListWrappingKeys() override {
    return SelectAll<WrappingKeyRecord>("SELECT record, revision FROM wrapping_keys ORDER BY uid", {}, ReadWrappingKey);
  }

  absl::StatusOr<std::optional<CredentialRecord>> GetCredential(const TenantId& tenant, const CredentialId& id) override {
    return SelectOne<CredentialRecord>("SELECT record, revision, last_used_time FROM credentials WHERE tenant = ?1 AND id = ?2",
                                       {tenant.value(), id.value()}, ReadCredential);
  }

  absl::StatusOr<std::optional<RequestRecord>> GetRequest(const std::string& scope, const std::string& request_id) override {
    return SelectOne<RequestRecord>(
        "SELECT scope, request_id, fingerprint, result, key_uid, create_time, revision FROM requests "
        "WHERE scope = ?1 AND request_id = ?2",
        {scope, request_id}, ReadRequest);
  }

  absl::StatusOr<std::vector<TenantRecord>> ListTenants(const TenantFilter& filter, const Page& page) override {
    SIGNET_RETURN_IF_ERROR(CheckPage(page));
    std::string sql = "SELECT record, revision FROM tenants WHERE deleted = 0 AND id > ?1";
    std::vector<SqliteValue> parameters = {page.after, Limit(page)};
    // Only fixed text is added, so that the index by parent serves where a parent is asked for.
    if (filter.parent) {
      parameters.emplace_back(filter.parent->value());
      absl::StrAppend(&sql, " AND parent = ?", parameters.size());
    }
    if (filter.kind) {
      parameters.emplace_back(ToWord(*filter.kind));
      absl::StrAppend(&sql, " AND kind = ?", parameters.size());
    }
    absl::StrAppend(&sql, " ORDER BY id LIMIT ?2");
    return SelectAll<TenantRecord>(sql, parameters, ReadTenant);
  }

  absl::StatusOr<std::vector<RingRecord>> ListRings(const TenantId& tenant, const Page& page) override {
    SIGNET_RETURN_IF_ERROR(CheckPage(page));
    return SelectAll<RingRecord>(
        "SELECT record, revision FROM key_rings WHERE tenant = ?1 AND id > ?2 AND deleted = 0 ORDER BY id LIMIT ?3",
        {tenant.value(), page.after, Limit(page)}, ReadRing);
  }

  absl::StatusOr<std::vector<KeyRecord>> ListKeys(const TenantId& tenant, const RingId& ring, Tombstones tombstones,
                                                  const Page& page) override {
    SIGNET_ASSIGN_OR_RETURN(const int64_t after, ParsePosition(page));
    std::string sql = absl::StrCat(kSelectKeys, "WHERE tenant = ?1 AND ring = ?2 AND create_revision > ?3");
    if (tombstones == Tombstones::kHide) absl::StrAppend(&sql, " AND state <> 'DESTROYED'");
    absl::StrAppend(&sql, " ORDER BY create_revision LIMIT ?4");
    return SelectAll<KeyRecord>(sql, {tenant.value(), ring.value(), after, Limit(page)}, ReadKey);
  }

  absl::StatusOr<std::vector<CredentialRecord>> ListCredentials(const TenantId& tenant, const Page& page) override {
    SIGNET_RETURN_IF_ERROR(CheckPage(page));
    return SelectAll<CredentialRecord>(
        "SELECT record, revision, last_used_time FROM credentials WHERE tenant = ?1 AND id > ?2 AND deleted = 0 "
        "ORDER BY id LIMIT ?3",
        {tenant.value(), page.after, Limit(page)}, ReadCredential);
  }

  absl::StatusOr<std::vector<Event>> ListEvents(const EventFilter& filter, const Page& page) override {
    SIGNET_ASSIGN_OR_RETURN(const SqliteEventQuery query, MakeEventQuery(filter, page));
    return SelectAll<Event>(query.sql, query.parameters, ReadEvent);
  }

  absl::StatusOr<Revision> Commit(const Change& change) override {
    return Write<Revision>([&](SqliteConnection& connection) { return WriteChange(connection, change); });
  }

  absl::StatusOr<std::vector<KeyUid>> RecordUsage(const std::vector<UsageUpdate>& updates) override {
    return Write<std::vector<KeyUid>>([&](SqliteConnection& connection) { return WriteUsage(connection, updates); });
  }

  absl::Status RecordCredentialUse(const std::vector<CredentialUse>& uses) override {
    const auto write = [&](SqliteConnection& connection) -> absl::StatusOr<bool> {
      SIGNET_RETURN_IF_ERROR(WriteCredentialUse(connection, uses));
      return true;
    };
    return Write<bool>(write).status();
  }

  absl::StatusOr<bool> UseOnce(const std::string& scope, const std::string& id, absl::Time until, absl::Time now) override {
    return Write<bool>([&](SqliteConnection& connection) { return WriteUsedId(connection, scope, id, until, now); });
  }

  absl::StatusOr<bool> HoldLease(const Lease& lease, absl::Time now) override {
    const std::vector<SqliteValue> parameters = {lease.name, lease.holder, absl::ToUnixMicros(lease.until), absl::ToUnixMicros(now),
                                                 absl::ToUnixMicros(now + kLongestLease)};
    SIGNET_ASSIGN_OR_RETURN(const int64_t written, Write<int64_t>([&](SqliteConnection& connection) {
                              return RunStatement(connection, kHoldLease, parameters);
                            }));
    return written > 0;
  }

  absl::StatusOr<Changes> ReadChanges(Revision revision, int limit) override {
    SIGNET_RETURN_IF_ERROR(CheckPage(Page{.after = "", .limit = limit}));
    SIGNET_ASSIGN_OR_RETURN(const ConnectionPool::Lease lease, readers_.Acquire(kConnectionPatience));
    // One transaction, so that the revision read last is that of the records read before.
    SIGNET_ASSIGN_OR_RETURN(const SqliteTransaction transaction, SqliteTransaction::Begin(*lease, SqliteTransaction::Kind::kRead));
    SIGNET_ASSIGN_OR_RETURN(SqliteStatement row, SqliteStatement::Create(*lease, kSelectChanges, {revision}));
    Changes changes;
    for (;;) {
      SIGNET_ASSIGN_OR_RETURN(const bool more, row.Step());
      if (!more) break;
      const Revision written = row.Number(1);
      if (static_cast<int>(changes.records.size()) >= limit && written != changes.revision) return changes;
      SIGNET_ASSIGN_OR_RETURN(Record record, ReadAny(row));
      changes.records.push_back(std::move(record));
      changes.revision = written;
    }
    SIGNET_ASSIGN_OR_RETURN(changes.revision, SelectNumber(*lease, "SELECT revision FROM store", {}, 0));
    return changes;
  }

 private:
  static int64_t Limit(const Page& page) { return page.limit; }

  // Calls `write` in a transaction of its own, which is undone if that fails, and returns what it returned.
  template <typename T, typename Function>
  absl::StatusOr<T> Write(Function write) {
    SIGNET_ASSIGN_OR_RETURN(const ConnectionPool::Lease lease, writer_.Acquire(kConnectionPatience));
    SIGNET_ASSIGN_OR_RETURN(SqliteTransaction transaction, SqliteTransaction::Begin(*lease, SqliteTransaction::Kind::kWrite));
    SIGNET_ASSIGN_OR_RETURN(T result, write(*lease));
    SIGNET_RETURN_IF_ERROR(transaction.Commit());
    return result;
  }

  template <typename T>
  absl::StatusOr<std::vector<T>> SelectAll(absl::string_view sql, const std::vector<SqliteValue>& parameters,
                                           absl::StatusOr<T> (*read)(const SqliteStatement&)) {
    SIGNET_ASSIGN_OR_RETURN(const ConnectionPool::Lease lease, readers_.Acquire(kConnectionPatience));
    SIGNET_ASSIGN_OR_RETURN(SqliteStatement row, SqliteStatement::Create(*lease, sql, parameters));
    std::vector<T> records;
    for (;;) {
      SIGNET_ASSIGN_OR_RETURN(const bool more, row.Step());
      if (!more) return records;
      SIGNET_ASSIGN_OR_RETURN(T record, read(row));
      records.push_back(std::move(record));
    }
  }

  template <typename T>
  absl::StatusOr<std::optional<T>> SelectOne(absl::string_view sql, const std::vector<SqliteValue>& parameters,
                                             absl::StatusOr<T> (*read)(const SqliteStatement&)) {
    SIGNET_ASSIGN_OR_RETURN(std::vector<T> records, SelectAll<T>(sql, parameters, read));
    if (records.empty()) return std::nullopt;
    return std::move(records.front());
  }

  // First, so that it ends last: the claim outlives the connections.
  const StoreFile file_;
  const std::string instance_id_;
  // One connection: SQLite has one writer at a time, and whoever waits for the lease is not polling for SQLite's lock.
  ConnectionPool writer_;
  // WAL readers neither wait for the writer nor stop it.
  ConnectionPool readers_;
};

absl::StatusOr<std::unique_ptr<KeyStore>> OpenClaimed(StoreFile file) {
  std::vector<std::unique_ptr<SqliteConnection>> writer;
  SIGNET_ASSIGN_OR_RETURN(writer.emplace_back(), SqliteConnection::Open(file.path(), SqliteConnection::Access::kReadWrite));
  SIGNET_RETURN_IF_ERROR(Migrate(*writer.front(), SqliteMigrations()));
  std::vector<std::unique_ptr<SqliteConnection>> readers;
  for (int i = 0; i < kReaders; ++i) {
    SIGNET_ASSIGN_OR_RETURN(readers.emplace_back(), SqliteConnection::Open(file.path(), SqliteConnection::Access::kReadOnly));
  }
  SIGNET_ASSIGN_OR_RETURN(SqliteStatement row, SqliteStatement::Create(*writer.front(), "SELECT instance_id FROM store", {}));
  SIGNET_RETURN_IF_ERROR(row.Step().status());
  std::string instance_id = row.Text(0);
  return std::make_unique<SqliteKeyStore>(std::move(file), std::move(instance_id), std::move(writer), std::move(readers));
}

}  // namespace

absl::StatusOr<std::unique_ptr<KeyStore>> CreateSqliteKeyStore(const std::string& path) {
  SIGNET_ASSIGN_OR_RETURN(StoreFile file, StoreFile::Claim(path));
  absl::StatusOr<std::unique_ptr<KeyStore>> store = OpenClaimed(std::move(file));
  if (!store.ok()) return Annotate(store.status(), path);
  return store;
}

}  // namespace signet::keystore
