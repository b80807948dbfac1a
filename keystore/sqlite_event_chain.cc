#include "keystore/sqlite_event_chain.h"

#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "keystore/event_chain.h"
#include "keystore/sqlite_row.h"
#include "keystore/sqlite_statement.h"

namespace signet::keystore {
namespace {

constexpr char kPutEvent[] =
    "INSERT INTO events (sequence, revision, time, actor, action, resource, tenant, request_id, before, after, hash) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";

constexpr char kSelectNext[] =
    "SELECT sequence, revision, time, actor, action, resource, tenant, request_id, before, after, hash FROM events "
    "WHERE sequence > ?1 ORDER BY sequence LIMIT 1";

// No trail gets this long, and no commit has so many events that its sequence would overflow.
constexpr int64_t kLastSequence = int64_t{1} << 62;

absl::Status Corrupt(absl::string_view message) { return Error(absl::StatusCode::kDataLoss, reason::kStoreCorrupt, message); }

}  // namespace

absl::Status AppendEvents(SqliteConnection& connection, Revision revision, const std::vector<Event>& events) {
  // Within the transaction no other event can come between, so that the sequence has no gaps: an undone commit takes its own along.
  int64_t sequence = 0;
  std::string hash;
  {
    SIGNET_ASSIGN_OR_RETURN(
        SqliteStatement last,
        SqliteStatement::Create(connection, "SELECT sequence, hash FROM events ORDER BY sequence DESC LIMIT 1", {}));
    SIGNET_ASSIGN_OR_RETURN(const bool found, last.Step());
    if (found) {
      sequence = last.Number(0);
      // Nothing of ours counts so far: somebody wrote it.
      if (sequence > kLastSequence) return Corrupt("the audit trail has an event behind all that there can be");
      hash = last.Bytes(1);
    }
  }
  for (const Event& event : events) {
    Event stored = event;
    stored.sequence = ++sequence;
    stored.revision = revision;
    hash = EventHash(hash, stored);
    const std::vector<SqliteValue> parameters = {
        stored.sequence,       stored.revision,   absl::ToUnixMicros(stored.time),
        stored.actor,          stored.action,     stored.resource,
        stored.tenant.value(), stored.request_id, stored.before,
        stored.after,          SqliteBlob(hash),
    };
    SIGNET_RETURN_IF_ERROR(RunStatement(connection, kPutEvent, parameters).status());
  }
  return absl::OkStatus();
}

absl::Status ChainEvents(SqliteConnection& connection) {
  int64_t sequence = 0;
  std::string hash;
  for (;;) {
    SIGNET_ASSIGN_OR_RETURN(SqliteStatement row, SqliteStatement::Create(connection, kSelectNext, {sequence}));
    SIGNET_ASSIGN_OR_RETURN(const bool found, row.Step());
    if (!found) return absl::OkStatus();
    SIGNET_ASSIGN_OR_RETURN(const Event event, ReadEvent(row));
    sequence = event.sequence;
    hash = EventHash(hash, event);
    SIGNET_RETURN_IF_ERROR(
        RunStatement(connection, "UPDATE events SET hash = ?2 WHERE sequence = ?1", {sequence, SqliteBlob(hash)}).status());
  }
}

}  // namespace signet::keystore
