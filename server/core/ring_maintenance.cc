#include "server/core/ring_maintenance.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "keystore/lifecycle.h"
#include "server/core/audit.h"
#include "server/core/commit.h"
#include "server/core/key_generation.h"
#include "server/core/key_rotation.h"
#include "server/core/private_key_destruction.h"
#include "server/core/resource_lookup.h"
#include "server/core/rotation_change.h"

namespace signet::core {
namespace {

using keystore::KeyRecord;
using keystore::PlannedStep;
using Action = PlannedStep::Action;

Actor System() { return {std::string(kSystemActor), ""}; }

absl::Status Rotate(const Services& services, const RingName& ring, RotationOccasion occasion) {
  ChangeRequest request;
  request.principal = System().name;
  return RunRotation(services, ring, occasion, {}, request).status();
}

// Reads the ring, and whether `step` is still planned and due. The time of a step may have moved.
absl::StatusOr<std::optional<RingState>> ReadIfDue(const Services& services, const RingName& name, const PlannedStep& step,
                                                   absl::Time now) {
  SIGNET_ASSIGN_OR_RETURN(RingState state, ReadRingState(services.store, name));
  for (const PlannedStep& planned : keystore::PlanRing(state.ring, state.keys)) {
    if (planned.action == step.action && planned.key == step.key && planned.time <= now) {
      return std::optional<RingState>(std::move(state));
    }
  }
  return std::optional<RingState>();
}

absl::Status SupplyNext(const Services& services, const RingName& name, const PlannedStep& step) {
  std::vector<keystore::KeyUid> gone;
  const auto intend = [&]() -> absl::StatusOr<std::optional<KeyRecord>> {
    const absl::Time now = services.Now();
    SIGNET_ASSIGN_OR_RETURN(std::optional<RingState> state, ReadIfDue(services, name, step, now));
    if (!state.has_value()) return std::optional<KeyRecord>();
    SIGNET_RETURN_IF_ERROR(CheckCanGenerate(services, state->ring));
    KeyRecord key = NewPendingKey(services, state->ring, {}, "");
    RotationChange change(std::move(state->ring), std::move(state->keys), {}, System(), now);
    SIGNET_RETURN_IF_ERROR(change.Supply(key));
    SIGNET_RETURN_IF_ERROR(services.store.Commit(change.change()).status());
    gone = change.gone();
    return std::optional<KeyRecord>(std::move(key));
  };
  SIGNET_ASSIGN_OR_RETURN(const std::optional<KeyRecord> pending, RetryConcurrentChange(intend));
  if (!pending.has_value()) return absl::OkStatus();
  // The key is made whatever becomes of the rest, so that it does not stay PENDING_GENERATION.
  const absl::Status generated = GenerateIntendedKey(services, *pending, System()).status();
  SIGNET_RETURN_IF_ERROR(Publish(services));
  DestroyPrivateKeysOrLog(services, gone, System());
  return generated;
}

// Deletes the key that `step` names, by the verb of its action.
absl::Status Remove(const Services& services, const RingName& name, const PlannedStep& step, keystore::KeyVerb verb,
                    absl::string_view event) {
  SIGNET_RETURN_IF_ERROR(RetryConcurrentChange([&]() -> absl::Status {
    const absl::Time now = services.Now();
    SIGNET_ASSIGN_OR_RETURN(const std::optional<RingState> state, ReadIfDue(services, name, step, now));
    if (!state.has_value()) return absl::OkStatus();
    const KeyRecord& key =
        *std::find_if(state->keys.begin(), state->keys.end(), [&](const KeyRecord& other) { return other.uid == step.key; });
    SIGNET_ASSIGN_OR_RETURN(KeyRecord removed,
                            keystore::Apply(key, verb, keystore::Force::kNo, now, keystore::Resolve(state->ring.policy)));
    keystore::Change change;
    change.puts = {state->ring, removed};
    change.events = {MakeEvent(now, System(), event, &key, removed)};
    return services.store.Commit(change).status();
  }));
  SIGNET_RETURN_IF_ERROR(Publish(services));
  DestroyPrivateKeysOrLog(services, {step.key}, System());
  return absl::OkStatus();
}

// Ends a generation that nobody ends. Should its maker be alive after all, it finds the key given up, and fails.
absl::Status GiveUp(const Services& services, const RingName& name, const PlannedStep& step) {
  SIGNET_ASSIGN_OR_RETURN(const std::optional<RingState> state, ReadIfDue(services, name, step, services.Now()));
  if (!state.has_value()) return absl::OkStatus();
  const KeyRecord& key =
      *std::find_if(state->keys.begin(), state->keys.end(), [&](const KeyRecord& other) { return other.uid == step.key; });
  SIGNET_RETURN_IF_ERROR(FailGeneration(services, key, System()));
  return Publish(services);
}

}  // namespace

absl::Status DoPlannedStep(const Services& services, const RingName& ring, const PlannedStep& step) {
  switch (step.action) {
    case Action::kRotate:
      SIGNET_RETURN_IF_ERROR(services.hsm.CheckHealth());
      return Rotate(services, ring, RotationOccasion::kDue);
    case Action::kActivate:
      return Rotate(services, ring, RotationOccasion::kCompletion);
    case Action::kSupplyRotation:
    case Action::kMakeNext:
      // Each try that fails leaves the record of a key that could not be made: an HSM that is away is not worth one.
      SIGNET_RETURN_IF_ERROR(services.hsm.CheckHealth());
      return SupplyNext(services, ring, step);
    case Action::kRetire:
      return Remove(services, ring, step, keystore::KeyVerb::kRetire, "KeyRetired");
    case Action::kForget:
      return Remove(services, ring, step, keystore::KeyVerb::kDelete, "KeyForgotten");
    case Action::kGiveUp:
      return GiveUp(services, ring, step);
  }
  std::abort();  // No other value is ever made.
}

absl::string_view NameOf(Action action) {
  switch (action) {
    case Action::kRotate:
      return "rotate";
    case Action::kActivate:
      return "activate";
    case Action::kSupplyRotation:
    case Action::kMakeNext:
      return "make_next";
    case Action::kRetire:
      return "retire";
    case Action::kForget:
      return "forget";
    case Action::kGiveUp:
      return "give_up";
  }
  std::abort();  // No other value is ever made.
}

}  // namespace signet::core
