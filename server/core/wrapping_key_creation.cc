#include "server/core/wrapping_key_creation.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/algorithm.h"
#include "hsm/key_wrapper.h"
#include "server/core/commit.h"
#include "server/core/published_key.h"
#include "server/core/resource_lookup.h"

namespace signet::core {
namespace {

using keystore::WrappingKeyRecord;
using keystore::WrappingKeyState;

constexpr size_t kUidBytes = 16;

std::string IdOf(const WrappingKeyRecord& key) { return absl::HexStringToBytes(key.uid.value()); }

absl::StatusOr<WrappingKeyRecord> CommitRow(const Services& services, const WrappingKeyRecord* before, WrappingKeyRecord after,
                                            absl::string_view action, const Actor& actor) {
  keystore::Change change;
  change.puts = {after};
  change.events = {MakeEvent(services.Now(), actor, action, before, after)};
  SIGNET_ASSIGN_OR_RETURN(after.revision, services.store.Commit(change));
  return after;
}

// Of one that wraps nothing. The state first: what is DESTROYED wraps nothing any more. A crash behind it leaves a row that says
// in_hsm.
absl::Status GiveUp(const Services& services, const WrappingKeyRecord& key, const Actor& actor) {
  if (key.state == WrappingKeyState::kDestroyed) return EndWrappingKey(services, key, actor);
  WrappingKeyRecord ended = key;
  ended.state = WrappingKeyState::kDestroyed;
  ended.destroy_time = services.Now();
  SIGNET_ASSIGN_OR_RETURN(ended, CommitRow(services, &key, std::move(ended), "DestroyWrappingKey", actor));
  return EndWrappingKey(services, ended, actor);
}

}  // namespace

absl::Status EndWrappingKey(const Services& services, const WrappingKeyRecord& destroyed, const Actor& actor) {
  SIGNET_RETURN_IF_ERROR(services.hsm.key_wrapper().DestroyWrappingKey(IdOf(destroyed)));
  WrappingKeyRecord gone = destroyed;
  gone.in_hsm = false;
  return CommitRow(services, &destroyed, std::move(gone), "WrappingKeyDestroyed", actor).status();
}

absl::StatusOr<WrappingKeyRecord> MakeWrappingKey(const Services& services, const Actor& actor, ExtendChange extend) {
  WrappingKeyRecord pending;
  pending.uid = keystore::WrappingKeyUid(absl::BytesToHexString(services.random.Bytes(kUidBytes)));
  pending.create_time = services.Now();
  SIGNET_ASSIGN_OR_RETURN(pending, CommitRow(services, nullptr, pending, "CreateWrappingKey", actor));
  // A crash here, or behind the next step, leaves a pending row, and perhaps a wrapping key that has wrapped nothing.
  services.steps.Reached(kStepWrappingIntended);
  const std::string label = HsmLabel(services.instance_id, keystore::KeyUid(pending.uid.value()));
  const absl::Status generated = services.hsm.key_wrapper().GenerateWrappingKey({IdOf(pending), label});
  if (!generated.ok()) {
    // The HSM's error is what the caller can act on; if this fails too, the next start ends it.
    (void)GiveUp(services, pending, actor);
    return generated;
  }
  services.steps.Reached(kStepWrappingGenerated);
  WrappingKeyRecord current = pending;
  current.state = WrappingKeyState::kCurrent;
  current.current_time = services.Now();
  keystore::Change change;
  extend(current, change);
  // After what makes room for it.
  change.puts.emplace_back(current);
  change.events.push_back(MakeEvent(services.Now(), actor, "WrappingKeyGenerated", &pending, current));
  const absl::StatusOr<keystore::Revision> committed = services.store.Commit(change);
  // Another one was faster: its key is to be used.
  if (absl::IsAborted(committed.status())) (void)GiveUp(services, pending, actor);
  SIGNET_RETURN_IF_ERROR(committed.status());
  services.steps.Reached(kStepWrappingCommitted);
  current.revision = *committed;
  return current;
}

absl::Status CheckHsmWraps(const Services& services, const std::string& algorithm_name) {
  SIGNET_ASSIGN_OR_RETURN(const hsm::Algorithm algorithm, StoredAlgorithm(algorithm_name));
  const absl::Status status = services.hsm.key_wrapper().CheckWraps(algorithm);
  if (!absl::IsUnimplemented(status)) return status;
  return Error(absl::StatusCode::kFailedPrecondition, reason::kHsmUnsupported,
               absl::StrCat("the hsm cannot keep ", algorithm_name, " keys wrapped: ", status.message(),
                            "; give the ring the protection TOKEN, or another algorithm"),
               {{"algorithm", algorithm_name}});
}

absl::StatusOr<WrappingKeyRecord> CurrentWrappingKey(const Services& services, const Actor& actor) {
  return RetryConcurrentChange([&]() -> absl::StatusOr<WrappingKeyRecord> {
    SIGNET_ASSIGN_OR_RETURN(const std::vector<WrappingKeyRecord> keys, services.store.ListWrappingKeys());
    const auto current = std::ranges::find(keys, WrappingKeyState::kCurrent, &WrappingKeyRecord::state);
    if (current != keys.end()) return *current;
    return MakeWrappingKey(services, actor, [](const WrappingKeyRecord&, keystore::Change&) {});
  });
}

absl::StatusOr<int> ResolveWrappingKeys(const Services& services) {
  const Actor actor = {std::string(kSystemActor), ""};
  const std::string prefix = absl::StrCat("signet/", services.instance_id, "/");
  // The token first: an intent is committed before its key is generated, so whatever the token shows has its row by then.
  SIGNET_ASSIGN_OR_RETURN(const std::vector<hsm::StoredWrappingKey> stored, services.hsm.key_wrapper().ListWrappingKeys(prefix));
  SIGNET_ASSIGN_OR_RETURN(const std::vector<WrappingKeyRecord> rows, services.store.ListWrappingKeys());
  int ended = 0;
  std::set<std::string> known;
  for (const WrappingKeyRecord& row : rows) {
    known.insert(IdOf(row));
    if (row.state != WrappingKeyState::kPendingGeneration && (row.state != WrappingKeyState::kDestroyed || !row.in_hsm)) continue;
    SIGNET_RETURN_IF_ERROR(GiveUp(services, row, actor));
    ++ended;
  }
  for (const hsm::StoredWrappingKey& key : stored) {
    if (known.contains(key.id)) continue;
    services.logger.Log(
        LogLevel::kWarning,
        "the token holds a wrapping key of this store that the store does not know: if the store was restored from a "
        "backup, keep it for what a younger backup has; otherwise it can be destroyed with the means of the token",
        {{"label", key.label}});
  }
  return ended;
}

}  // namespace signet::core
