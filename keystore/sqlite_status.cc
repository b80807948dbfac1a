#include "keystore/sqlite_status.h"

#include <cerrno>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"

namespace signet::keystore {
namespace {

// Returns the errno of the last failed write to a file of `connection`, which SQLITE_FCNTL_JOURNAL_POINTER or
// SQLITE_FCNTL_FILE_POINTER names; 0 if there is none. (sqlite3_system_errno is no help: SQLite's own clean-up has overwritten it.)
int LastErrno(sqlite3* connection, int file_pointer) {
  sqlite3_file* file = nullptr;
  if (sqlite3_file_control(connection, "main", file_pointer, &file) != SQLITE_OK) return 0;
  if (file == nullptr || file->pMethods == nullptr) return 0;
  int last_errno = 0;
  file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &last_errno);
  return last_errno;
}

// SQLite takes only ENOSPC for a full disk; a quota or a limit on the file's size is one too, and comes as an I/O error of the
// write. Nothing of the transaction can be in force then, as its commit mark is what is written last.
bool IsFull(sqlite3* connection, int code) {
  if ((code & 0xff) == SQLITE_FULL) return true;
  if (code != SQLITE_IOERR_WRITE || connection == nullptr) return false;
  for (int file_pointer : {SQLITE_FCNTL_JOURNAL_POINTER, SQLITE_FCNTL_FILE_POINTER}) {
    const int cause = LastErrno(connection, file_pointer);
    if (cause == EDQUOT || cause == EFBIG) return true;
  }
  return false;
}

absl::Status WithoutCode(sqlite3* connection, int code, absl::string_view action) {
  // sqlite3_errstr is a fixed text for each code; sqlite3_errmsg would tell SQL.
  const std::string what = absl::StrCat("the store could not ", action, ": ", sqlite3_errstr(code));
  if (IsFull(connection, code)) {
    return Error(absl::StatusCode::kResourceExhausted, reason::kStorageFull, absl::StrCat(what, "; make room on its disk"));
  }
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Error(absl::StatusCode::kDataLoss, reason::kStoreCorrupt, absl::StrCat(what, "; restore a backup"));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_NOMEM:
    case SQLITE_NOLFS:
      return Error(absl::StatusCode::kUnavailable, reason::kStoreUnavailable, absl::StrCat(what, "; try again"));
    default:
      return Defect(what);
  }
}

}  // namespace

absl::Status SqliteStatus(sqlite3* connection, int code, absl::string_view action) {
  absl::Status status = WithoutCode(connection, code, action);
  status.SetPayload(kSqliteCodePayload, absl::Cord(absl::StrCat(code)));
  return status;
}

}  // namespace signet::keystore
