#include "keystore/sqlite_usage.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "absl/time/time.h"
#include "base/error.h"
#include "keystore/sqlite_statement.h"

namespace signet::keystore {
namespace {

// Nearly every update: the key has signed before, and its bound stays, so that its record need not be read. The later of two times
// is the other one where one is NULL.
constexpr char kAddCounts[] =
    "UPDATE key_usage SET signature_count = signature_count + ?2, "
    "last_signed_time = max(coalesce(last_signed_time, ?3), coalesce(?3, last_signed_time)), "
    "latest_token_expiry = max(coalesce(latest_token_expiry, ?4), coalesce(?4, latest_token_expiry)) "
    "WHERE key_uid = ?1";

constexpr char kAddUsage[] =
    "INSERT INTO key_usage (key_uid, signature_count, last_signed_time, latest_token_expiry, token_expiry_bound) "
    "SELECT uid, ?2, ?3, ?4, CASE state WHEN 'ENABLED' THEN ?5 END FROM signing_keys WHERE uid = ?1 "
    "ON CONFLICT (key_uid) DO UPDATE SET signature_count = signature_count + excluded.signature_count, "
    "last_signed_time = max(coalesce(last_signed_time, ?3), coalesce(?3, last_signed_time)), "
    "latest_token_expiry = max(coalesce(latest_token_expiry, ?4), coalesce(?4, latest_token_expiry)), "
    "token_expiry_bound = max(coalesce(token_expiry_bound, excluded.token_expiry_bound), "
    "coalesce(excluded.token_expiry_bound, token_expiry_bound)) "
    "RETURNING (SELECT state = 'ENABLED' FROM signing_keys WHERE uid = ?1)";

constexpr char kAddCredentialUse[] =
    "UPDATE credentials SET last_used_time = ?3 "
    "WHERE tenant = ?1 AND id = ?2 AND (last_used_time IS NULL OR last_used_time < ?3)";

SqliteValue OptionalTime(const std::optional<absl::Time>& time) {
  return time ? SqliteValue(absl::ToUnixMicros(*time)) : SqliteValue(nullptr);
}

// Whether the key exists, and a bound, if there is one, was taken.
absl::StatusOr<bool> Write(SqliteConnection& connection, const UsageUpdate& update) {
  std::vector<SqliteValue> parameters = {update.uid.value(), update.signatures, OptionalTime(update.last_signed_time),
                                         OptionalTime(update.latest_token_expiry)};
  if (!update.token_expiry_bound) {
    SIGNET_ASSIGN_OR_RETURN(const int64_t written, RunStatement(connection, kAddCounts, parameters));
    if (written > 0) return true;
  }
  parameters.push_back(OptionalTime(update.token_expiry_bound));
  SIGNET_ASSIGN_OR_RETURN(SqliteStatement row, SqliteStatement::Create(connection, kAddUsage, parameters));
  SIGNET_ASSIGN_OR_RETURN(const bool found, row.Step());
  return found && (!update.token_expiry_bound || row.Number(0) != 0);
}

}  // namespace

absl::StatusOr<std::vector<KeyUid>> WriteUsage(SqliteConnection& connection, const std::vector<UsageUpdate>& updates) {
  // In the order of the rows, so that those of one page are written one after the other.
  std::vector<const UsageUpdate*> ordered;
  ordered.reserve(updates.size());
  for (const UsageUpdate& update : updates) ordered.push_back(&update);
  std::ranges::stable_sort(ordered, {}, [](const UsageUpdate* update) -> const KeyUid& { return update->uid; });

  std::vector<KeyUid> refused;
  for (const UsageUpdate* update : ordered) {
    SIGNET_ASSIGN_OR_RETURN(const bool is_taken, Write(connection, *update));
    if (!is_taken && (refused.empty() || refused.back() != update->uid)) refused.push_back(update->uid);
  }
  return refused;
}

absl::Status WriteCredentialUse(SqliteConnection& connection, const std::vector<CredentialUse>& uses) {
  for (const CredentialUse& use : uses) {
    SIGNET_RETURN_IF_ERROR(
        RunStatement(connection, kAddCredentialUse, {use.tenant.value(), use.id.value(), absl::ToUnixMicros(use.time)}).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> WriteUsedId(SqliteConnection& connection, absl::string_view scope, absl::string_view id, absl::Time until,
                                 absl::Time now) {
  SIGNET_RETURN_IF_ERROR(RunStatement(connection, "DELETE FROM used_ids WHERE until <= ?1", {absl::ToUnixMicros(now)}).status());
  SIGNET_ASSIGN_OR_RETURN(
      const int64_t written,
      RunStatement(connection, "INSERT INTO used_ids (scope, id, until) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                   {scope, id, absl::ToUnixMicros(until)}));
  return written > 0;
}

}  // namespace signet::keystore
