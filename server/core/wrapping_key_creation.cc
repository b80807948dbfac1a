#include "server/core/wrapping_key_creation.h"

#include <algorithm>
#include <cstddef>
#include <optional>
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
#include "server/core/names.h"
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

// For an intended key whose id another one in the HSM has, which is not to be destroyed.
absl::Status RefuseForeign(const Services& services, const WrappingKeyRecord& pending, const Actor& actor) {
  WrappingKeyRecord ended = pending;
  ended.state = WrappingKeyState::kDestroyed;
  ended.destroy_time = services.Now();
  ended.in_hsm = false;
  SIGNET_RETURN_IF_ERROR(CommitRow(services, &pending, std::move(ended), "DestroyWrappingKey", actor).status());
  return Defect("the hsm holds a wrapping key under an id that was drawn at random");
}

absl::StatusOr<std::optional<WrappingKeyRecord>> FindCurrent(const Services& services) {
  SIGNET_ASSIGN_OR_RETURN(const std::vector<WrappingKeyRecord> keys, services.store.ListWrappingKeys());
  const auto current = std::ranges::find(keys, WrappingKeyState::kCurrent, &WrappingKeyRecord::state);
  if (current == keys.end()) return std::nullopt;
  return *current;
}

}  // namespace

absl::Status LacksWrappingKey(const WrappingKeyRecord& key) {
  const std::string name = FormatWrappingKeyName(key.uid);
  return Error(absl::StatusCode::kUnavailable, reason::kHsmUnavailable,
               absl::StrCat("the hsm does not hold ", name, ", which wraps new keys; restore the token, or call RotateWrappingKey"),
               {{"wrapping_key", name}});
}

absl::Status CheckCurrentWrappingKey(const Services& services) {
  SIGNET_ASSIGN_OR_RETURN(const std::optional<WrappingKeyRecord> current, FindCurrent(services));
  if (!current) return absl::OkStatus();
  const absl::Status proven = services.hsm.key_wrapper().ProveWrappingKey(IdOf(*current));
  return absl::IsNotFound(proven) ? LacksWrappingKey(*current) : proven;
}

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
    if (absl::IsAlreadyExists(generated)) return RefuseForeign(services, pending, actor);
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
  if (absl::IsAborted(committed.status())) {
    // Another one was faster: its key is to be used. Or a start has ended this one before the HSM had made it, and found nothing to
    // destroy. Nothing is wrapped by it in either case.
    (void)GiveUp(services, pending, actor);
    (void)services.hsm.key_wrapper().DestroyWrappingKey(IdOf(pending));
  }
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

absl::Status CheckHsmWrapsAny(const Services& services) {
  absl::Status status;
  for (const hsm::AlgorithmInfo& info : hsm::AllAlgorithms()) {
    if (!services.hsm.Supports(info.algorithm)) continue;
    status = services.hsm.key_wrapper().CheckWraps(info.algorithm);
    if (!absl::IsUnimplemented(status)) break;
  }
  return status;
}

absl::StatusOr<WrappingKeyRecord> CurrentWrappingKey(const Services& services, const Actor& actor) {
  return RetryConcurrentChange([&]() -> absl::StatusOr<WrappingKeyRecord> {
    SIGNET_ASSIGN_OR_RETURN(std::optional<WrappingKeyRecord> current, FindCurrent(services));
    if (current) return *std::move(current);
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
