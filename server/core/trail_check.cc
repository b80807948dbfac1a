#include "server/core/trail_check.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "keystore/event_chain.h"

namespace signet::core {
namespace {

using keystore::Event;

// An event with two records of a key and its certificates has up to 200 KiB.
constexpr int kPageSize = 100;

// The first page asks for everything: a sequence below 1, which only an intruder writes, is to be seen.
std::string After(int64_t sequence) { return sequence > 0 ? absl::StrCat(sequence) : ""; }

}  // namespace

TrailPosition PositionOf(const Event& event) { return {event.sequence, event.revision, event.hash}; }

std::optional<TrailBreak> CheckNextEvent(const TrailPosition& position, const Event& event) {
  const int64_t expected = position.sequence + 1;
  if (event.sequence < expected) return TrailBreak{event.sequence, "an event that does not belong there was added"};
  if (event.sequence > expected) return TrailBreak{expected, "the event was removed"};
  if (event.hash != keystore::EventHash(position.hash, event)) {
    return TrailBreak{expected, "the event, or the hash of the one before it, was changed"};
  }
  // Only of a trail whose hashes were all computed anew.
  if (event.revision != position.revision && event.revision != position.revision + 1) {
    return TrailBreak{expected, "events of the commits before it were removed, or it was added"};
  }
  return std::nullopt;
}

absl::StatusOr<std::optional<Event>> ReadEvent(keystore::KeyStore& store, int64_t sequence) {
  if (sequence < 1) return std::nullopt;
  SIGNET_ASSIGN_OR_RETURN(const std::vector<Event> events, store.ListEvents({}, {.after = After(sequence - 1), .limit = 1}));
  if (events.empty() || events.front().sequence != sequence) return std::nullopt;
  return events.front();
}

absl::StatusOr<std::optional<Event>> ReadLastEvent(keystore::KeyStore& store) {
  keystore::KeyStore::EventFilter newest_first;
  newest_first.order = keystore::KeyStore::EventFilter::Order::kNewestFirst;
  SIGNET_ASSIGN_OR_RETURN(const std::vector<Event> events, store.ListEvents(newest_first, {.after = "", .limit = 1}));
  if (events.empty()) return std::nullopt;
  return events.front();
}

absl::Status VisitEventsAfter(keystore::KeyStore& store, int64_t sequence,
                              absl::FunctionRef<absl::StatusOr<bool>(const Event&)> visit) {
  for (keystore::Page page = {.after = After(sequence), .limit = kPageSize};;) {
    SIGNET_ASSIGN_OR_RETURN(const std::vector<Event> events, store.ListEvents({}, page));
    for (const Event& event : events) {
      SIGNET_ASSIGN_OR_RETURN(const bool goes_on, visit(event));
      if (!goes_on) return absl::OkStatus();
    }
    if (events.empty()) return absl::OkStatus();
    page.after = absl::StrCat(std::max(events.back().sequence, int64_t{0}));
  }
}

}  // namespace signet::core
