#include "keystore/sqlite_usage.h"

#include <algorithm>
#include <optional>

#include "absl/time/time.h"
#include "base/error.h"
#include "keystore/sqlite_statement.h"

namespace signet::keystore {
namespace {

// A comparison with NULL is not true: no time yet is moved on by any, and none given moves nothing.
constexpr char kAddUsage[] =
    "UPDATE signing_keys SET signature_count = signature_count + ?2, "
    "last_signed_time = CASE WHEN ?3 IS NULL OR last_signed_time >= ?3 THEN last_signed_time ELSE ?3 END, "
    "latest_token_expiry = CASE WHEN ?4 IS NULL OR latest_token_expiry >= ?4 THEN latest_token_expiry ELSE ?4 END, "
    "token_expiry_bound = CASE WHEN ?5 IS NULL OR state <> 'ENABLED' OR token_expiry_bound >= ?5 THEN token_expiry_bound "
    "ELSE ?5 END "
    "WHERE uid = ?1 RETURNING state = 'ENABLED'";

constexpr char kAddCredentialUse[] =
    "UPDATE credentials SET last_used_time = ?3 "
    "WHERE tenant = ?1 AND id = ?2 AND (last_used_time IS NULL OR last_used_time < ?3)";

SqliteValue OptionalTime(const std::optional<absl::Time>& time) {
  return time ? SqliteValue(absl::ToUnixMicros(*time)) : SqliteValue(nullptr);
}

}  // namespace

absl::StatusOr<std::vector<KeyUid>> WriteUsage(SqliteConnection& connection, const std::vector<UsageUpdate>& updates) {
  std::vector<KeyUid> refused;
  for (const UsageUpdate& update : updates) {
    const std::vector<SqliteValue> parameters = {update.uid.value(), update.signatures, OptionalTime(update.last_signed_time),
                                                 OptionalTime(update.latest_token_expiry), OptionalTime(update.token_expiry_bound)};
    SIGNET_ASSIGN_OR_RETURN(SqliteStatement row, SqliteStatement::Create(connection, kAddUsage, parameters));
    SIGNET_ASSIGN_OR_RETURN(const bool found, row.Step());
    const bool is_refused = !found || (update.token_expiry_bound && row.Number(0) == 0);
    if (is_refused && std::ranges::find(refused, update.uid) == refused.end()) refused.push_back(update.uid);
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
