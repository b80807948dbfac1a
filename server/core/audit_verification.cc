#include "server/core/audit_verification.h"

#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "server/core/page_token.h"

namespace signet::core {
namespace {

using keystore::Event;

// The revision of the last commit.
absl::StatusOr<keystore::Revision> ReadRevision(keystore::KeyStore& store) {
  SIGNET_ASSIGN_OR_RETURN(const keystore::Changes changes, store.ReadChanges(std::numeric_limits<keystore::Revision>::max(), 1));
  return changes.revision;
}

// AuditCheck is one check under way.
class AuditCheck {
 public:
  AuditCheck(keystore::KeyStore& store, std::string instance_id, TrailPosition start)
      : store_(store), seals_(store, std::move(instance_id)), start_(start.sequence), position_(std::move(start)) {}

  // Checks the next event; false if it is wrong.
  absl::StatusOr<bool> Visit(const Event& event) {
    report_.first_break = CheckNextEvent(position_, event);
    if (report_.first_break) return false;
    if (event.action == kSealAction) {
      SIGNET_ASSIGN_OR_RETURN(const std::string problem, CheckSeal(event));
      if (!problem.empty()) {
        report_.first_break = TrailBreak{event.sequence, problem};
        return false;
      }
    }
    position_ = PositionOf(event);
    ++report_.events;
    report_.last_sequence = event.sequence;
    return true;
  }

  // Ends a check that found nothing so far. `revision` is what the store's was before it began.
  void Finish(keystore::Revision revision) {
    if (report_.first_break || position_.revision >= revision) return;
    report_.first_break = TrailBreak{position_.sequence + 1, "the events of the last commits were removed"};
  }

  const AuditReport& report() const { return report_; }

 private:
  // Returns what is wrong with a seal whose event fits; empty if nothing is.
  absl::StatusOr<std::string> CheckSeal(const Event& event) {
    SIGNET_ASSIGN_OR_RETURN(const SealChecker::Result result, seals_.Check(event));
    if (!result.seal) return result.problem;
    const AuditSeal& seal = *result.seal;
    SIGNET_ASSIGN_OR_RETURN(const std::string hash, HashOf(seal.sealed_sequence));
    if (hash != seal.sealed_hash) {
      const int64_t last_sealed = report_.last_seal ? report_.last_seal->sealed_sequence : start_;
      return absl::StrCat("the seal tells of another hash of event ", seal.sealed_sequence, ": one of the events ", last_sealed + 1,
                          " to ", seal.sealed_sequence,
                          " was changed, added or removed, and the hashes after it were computed anew");
    }
    ++report_.seals;
    report_.last_seal = seal;
    return std::string();
  }

  // The hash of an event up to the present one, all of which were checked.
  absl::StatusOr<std::string> HashOf(int64_t sequence) {
    if (sequence == position_.sequence) return position_.hash;
    SIGNET_ASSIGN_OR_RETURN(const std::optional<Event> event, ReadEvent(store_, sequence));
    return event ? event->hash : std::string();
  }

  keystore::KeyStore& store_;
  SealChecker seals_;
  const int64_t start_;
  TrailPosition position_;
  AuditReport report_;
};

// Returns the position before `start_sequence`.
absl::StatusOr<TrailPosition> FindStart(keystore::KeyStore& store, int64_t start_sequence) {
  if (start_sequence == 0 || start_sequence == 1) return TrailPosition();
  SIGNET_ASSIGN_OR_RETURN(const std::optional<Event> first, ReadEvent(store, start_sequence));
  if (!first) return InvalidField("start_sequence", "is no event of the trail");
  SIGNET_ASSIGN_OR_RETURN(const std::optional<Event> before, ReadEvent(store, start_sequence - 1));
  // The check then finds the gap.
  if (!before) return TrailPosition{.sequence = start_sequence - 2};
  return PositionOf(*before);
}

}  // namespace

absl::StatusOr<AuditReport> VerifyAuditLog(keystore::KeyStore& store, int64_t start_sequence) {
  SIGNET_ASSIGN_OR_RETURN(const keystore::Revision revision, ReadRevision(store));
  SIGNET_ASSIGN_OR_RETURN(std::string instance_id, store.InstanceId());
  SIGNET_ASSIGN_OR_RETURN(const TrailPosition start, FindStart(store, start_sequence));
  AuditCheck check(store, std::move(instance_id), start);
  SIGNET_RETURN_IF_ERROR(VisitEventsAfter(store, start.sequence, [&](const Event& event) { return check.Visit(event); }));
  check.Finish(revision);
  return check.report();
}

}  // namespace signet::core
