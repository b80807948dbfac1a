#ifndef SIGNET_SERVER_CORE_TRAIL_CHECK_H_
#define SIGNET_SERVER_CORE_TRAIL_CHECK_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "keystore/key_store.h"
#include "keystore/records.h"

namespace signet::core {

// TrailPosition is an event of the audit trail up to which it was looked at; before the first: all empty.
struct TrailPosition {
  int64_t sequence = 0;
  keystore::Revision revision = 0;
  std::string hash = {};
  friend bool operator==(const TrailPosition&, const TrailPosition&) = default;
};

TrailPosition PositionOf(const keystore::Event& event);

// TrailBreak says what is wrong with the event `sequence`, for people; without anything of the event's content.
struct TrailBreak {
  int64_t sequence = 0;
  std::string problem;
};

// Checks that `event` is the one that follows `position`: by its sequence; by its revision, as each commit has events; and by its
// hash. Returns what is wrong with it.
std::optional<TrailBreak> CheckNextEvent(const TrailPosition& position, const keystore::Event& event);

// Reads an event; nullopt if there is none.
//   as KeyStore
absl::StatusOr<std::optional<keystore::Event>> ReadEvent(keystore::KeyStore& store, int64_t sequence);

// Reads the last event; nullopt if there is none.
//   as KeyStore
absl::StatusOr<std::optional<keystore::Event>> ReadLastEvent(keystore::KeyStore& store);

// Calls `visit` for each event after `sequence`, in order, until it returns false or an error. Never holds more than a page.
//   as KeyStore and `visit`
absl::Status VisitEventsAfter(keystore::KeyStore& store, int64_t sequence,
                              absl::FunctionRef<absl::StatusOr<bool>(const keystore::Event&)> visit);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_TRAIL_CHECK_H_
