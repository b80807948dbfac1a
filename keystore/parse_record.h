#ifndef SIGNET_KEYSTORE_PARSE_RECORD_H_
#define SIGNET_KEYSTORE_PARSE_RECORD_H_

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "keystore/json_members.h"

namespace signet::keystore {

// Reads a record, which people call `what`, from a JSON object, whose members `read_members(reader, record)` takes.
//   kDataLoss  STORE_CORRUPT: not such an object
template <typename Record, typename ReadMembers>
absl::StatusOr<Record> ParseRecord(absl::string_view text, absl::string_view what, ReadMembers read_members) {
  const auto corrupt = [&](absl::string_view why) {
    return Error(absl::StatusCode::kDataLoss, reason::kStoreCorrupt,
                 absl::StrCat("stored ", what, " ", why, "; use the release that wrote it, or restore a backup"));
  };
  const Json object = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return corrupt("is not a JSON object");
  Record record;
  JsonReader reader(object);
  read_members(reader, record);
  if (!reader.problem().empty()) return corrupt(absl::StrCat("has an unreadable ", reader.problem()));
  return record;
}

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_PARSE_RECORD_H_
