#include "server/core/key_rotation.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "keystore/record_json.h"
#include "server/core/audit.h"
#include "server/core/commit.h"
#include "server/core/idempotency.h"
#include "server/core/key_generation.h"
#include "server/core/private_key_destruction.h"
#include "server/core/private_key_use.h"
#include "server/core/resource_lookup.h"
#include "server/core/rotation_change.h"
#include "server/core/rotation_quota.h"

namespace signet::core {
namespace {

using keystore::Force;
using keystore::KeyRecord;
using keystore::Purge;
using keystore::RingRecord;
using keystore::Rotation;

// How often one call makes a NEXT key: another call may take it away each time.
constexpr int kSupplies = 3;
constexpr size_t kMaxReasonLength = 256;

int64_t NumberOf(const RingRecord& ring) { return ring.rotation ? ring.rotation->number : 0; }

const KeyRecord* FindPending(const std::vector<KeyRecord>& keys) {
  const auto found = std::find_if(keys.begin(), keys.end(),
                                  [](const KeyRecord& key) { return key.state == keystore::KeyState::kPendingGeneration; });
  return found == keys.end() ? nullptr : &*found;
}

absl::Status CheckReason(const std::string& reason) {
  if (reason.size() > kMaxReasonLength) {
    return InvalidField("reason", absl::StrCat("must not be longer than ", kMaxReasonLength, " bytes"));
  }
  if (std::any_of(reason.begin(), reason.end(), [](char c) { return absl::ascii_iscntrl(c); })) {
    return InvalidField("reason", "must not have control characters");
  }
  return absl::OkStatus();
}

absl::Status Locked(const RingName& name) {
  return Error(absl::StatusCode::kAborted, reason::kRotationLocked,
               absl::StrCat("a key of ", FormatRingName(name), " is being made; try again when it is there"));
}

// RotationCall is one rotation on its way through the steps that key_rotation.h describes.
class RotationCall {
 public:
  RotationCall(const Services& services, const RingName& name, RotationOccasion occasion, const RotateCommand& command,
               const ChangeRequest& request)
      : services_(services),
        name_(name),
        occasion_(occasion),
        command_(command),
        request_(request),
        terms_{command.purge, command.force},
        actor_(ActorOf(request)) {}

  // Returns nullopt if the scheduler finds nothing to do.
  absl::StatusOr<std::optional<RotationResult>> Run() {
    int completions = 0;
    for (int supplies = 0;; ++supplies) {
      SIGNET_ASSIGN_OR_RETURN(Outcome outcome, RetryConcurrentChange([&] { return Attempt(); }));
      if (outcome.kind == Outcome::Kind::kNothing) return std::optional<RotationResult>();
      if (outcome.kind == Outcome::Kind::kDone) {
        SIGNET_ASSIGN_OR_RETURN(RotationResult result, Finish(std::move(outcome)));
        return std::optional<RotationResult>(std::move(result));
      }
      if (outcome.kind == Outcome::Kind::kBeingMade) {
        if (!Complete(*outcome.pending) || ++completions == kSupplies) return Locked(name_);
        continue;
      }
      if (supplies == kSupplies) return Locked(name_);
      // The key is made whatever becomes of the rest, so that it does not stay PENDING_GENERATION.
      const absl::Status generated = GenerateIntendedKey(services_, *outcome.pending, actor_).status();
      SIGNET_RETURN_IF_ERROR(Publish(services_));
      DestroyPrivateKeysOrLog(services_, outcome.gone, actor_);
      SIGNET_RETURN_IF_ERROR(generated);
      supplied_ = true;
      // A crash here leaves a NEXT key and no rotation: repeating the call takes that key.
      services_.steps.Reached(kStepRotateSupplied);
    }
  }

 private:
  struct Outcome {
    enum class Kind { kNothing, kBeingMade, kSupply, kDone };
    Kind kind = Kind::kNothing;
    // kBeingMade: a key that the rotation waits for. kSupply: the key to be generated before the rotation can go on. kDone: the one
    // to be generated after it, if any.
    std::optional<KeyRecord> pending = std::nullopt;
    // The rest for kDone; `gone` for both.
    RingRecord ring = {};
    Rotation rotation = {};
    std::vector<KeyRecord> live = {};
    std::vector<keystore::KeyUid> gone = {};
    bool replayed = false;
  };

  // Reads, decides and commits one step.
  absl::StatusOr<Outcome> Attempt() {
    const std::string& scope = name_.tenant.value();
    SIGNET_ASSIGN_OR_RETURN(const std::optional<std::string> first, FindFirstResult(services_.store, scope, request_));
    SIGNET_ASSIGN_OR_RETURN(RingState state, ReadRingState(services_.store, name_));
    const absl::Time now = services_.Now();
    if (first.has_value()) {
      SIGNET_ASSIGN_OR_RETURN(Rotation rotation, keystore::RotationFromJson(*first));
      // One that was under way then can be done by now.
      if (NumberOf(state.ring) == rotation.number) rotation = *state.ring.rotation;
      return Replay(std::move(state), std::move(rotation));
    }
    if (!number_before_) {
      number_before_ = NumberOf(state.ring);
      under_way_before_ = keystore::IsUnderWay(state.ring);
    }
    switch (occasion_) {
      case RotationOccasion::kRequest:
        if (IsRepeat(state, now)) return RememberReplay(std::move(state), now);
        if (CountsAgainstQuota(state.ring)) {
          // Only looked at: it is taken by the commit that rotates.
          RingRecord ring = state.ring;
          SIGNET_RETURN_IF_ERROR(TakeRotationQuota(ring, now));
        }
        break;
      case RotationOccasion::kDue:
        if (keystore::NextRotationTime(state.ring, state.keys) > now) return Outcome{};
        break;
      case RotationOccasion::kCompletion:
        if (!keystore::IsUnderWay(state.ring) || keystore::FindNext(state.keys) == nullptr) return Outcome{};
        break;
    }
    if (keystore::FindNext(state.keys) == nullptr) {
      if (const KeyRecord* pending = FindPending(state.keys)) {
        if (request_.mode != Mode::kExecute) return Locked(name_);
        return Outcome{.kind = Outcome::Kind::kBeingMade, .pending = *pending};
      }
      if (request_.mode == Mode::kExecute) return Supply(std::move(state), now);
      SIGNET_RETURN_IF_ERROR(PretendSupply(state, now));
    }
    return Rotate(std::move(state), now);
  }

  // Whether the ring's last rotation is what this call asks for.
  bool IsRepeat(const RingState& state, absl::Time now) const {
    if (!state.ring.rotation) return false;
    const Rotation& last = *state.ring.rotation;
    // A purge does more than a rotation without it; and one that is under way does less than one that will not wait.
    if (command_.purge == Purge::kYes && !last.purge) return false;
    if (!last.activation_time) return command_.purge == Purge::kNo && command_.force == Force::kNo;
    // Begun or completed by somebody else, while this call was at work.
    if (last.number > *number_before_ || under_way_before_) return true;
    // Its key was revoked, disabled or superseded by hand since: its result is no more what the caller asks for.
    const KeyRecord* current = keystore::FindCurrent(state.keys);
    if (current == nullptr || current->uid != last.current) return false;
    // By the clock on both sides; one that was set back must not prolong the window.
    const absl::Duration window = keystore::Resolve(state.ring.policy).idempotency_window;
    return absl::AbsDuration(now - last.update_time) < window;
  }

  // The end of one that is under way was counted at its start; and a purge is never too much.
  bool CountsAgainstQuota(const RingRecord& ring) const {
    return occasion_ == RotationOccasion::kRequest && !keystore::IsUnderWay(ring) && command_.purge == Purge::kNo;
  }

  static absl::StatusOr<Outcome> Replay(RingState state, Rotation rotation) {
    Outcome outcome{.kind = Outcome::Kind::kDone, .ring = std::move(state.ring), .rotation = std::move(rotation), .replayed = true};
    // What the first call could not destroy is tried again.
    outcome.gone = outcome.rotation.revoked;
    outcome.gone.insert(outcome.gone.end(), outcome.rotation.retired.begin(), outcome.rotation.retired.end());
    std::copy_if(state.keys.begin(), state.keys.end(), std::back_inserter(outcome.live), keystore::IsLive);
    return outcome;
  }

  // Replays the last rotation, and remembers that this is what the request came to.
  absl::StatusOr<Outcome> RememberReplay(RingState state, absl::Time now) {
    const Rotation rotation = *state.ring.rotation;
    if (request_.mode == Mode::kExecute && !request_.request_id.empty()) {
      keystore::Change change;
      change.expectations.push_back({state.ring});
      change.events = {MakeEvent(now, actor_, "RotateKeysReplayed", &state.ring, state.ring)};
      RememberResult(name_.tenant.value(), request_, keystore::ToJson(rotation), now, change);
      SIGNET_RETURN_IF_ERROR(services_.store.Commit(change).status());
    }
    return Replay(std::move(state), rotation);
  }

  // Step 1.
  absl::StatusOr<Outcome> Supply(RingState state, absl::Time now) {
    SIGNET_RETURN_IF_ERROR(CheckCanGenerate(services_, state.ring));
    // Before a key makes room for one that could not be made.
    SIGNET_RETURN_IF_ERROR(services_.hsm.CheckHealth());
    Outcome outcome{.kind = Outcome::Kind::kSupply, .pending = NewPendingKey(services_, state.ring, {}, "")};
    RotationChange change(std::move(state.ring), std::move(state.keys), terms_, actor_, now);
    SIGNET_RETURN_IF_ERROR(change.Supply(*outcome.pending));
    SIGNET_RETURN_IF_ERROR(services_.store.Commit(change.change()).status());
    outcome.gone = change.gone();
    retired_.insert(retired_.end(), outcome.gone.begin(), outcome.gone.end());
    AddWarnings(change.warnings());
    return outcome;
  }

  // Step 1 for a call that only validates: the ring as it would be after it.
  absl::Status PretendSupply(RingState& state, absl::Time now) {
    SIGNET_RETURN_IF_ERROR(CheckCanGenerate(services_, state.ring));
    const KeyRecord pending = NewPendingKey(services_, state.ring, {}, "");
    RotationChange change(state.ring, state.keys, terms_, actor_, now);
    SIGNET_RETURN_IF_ERROR(change.Supply(pending));
    AddWarnings(change.warnings());
    SIGNET_ASSIGN_OR_RETURN(KeyRecord next, keystore::Apply(pending, keystore::KeyVerb::kGenerated, Force::kNo, now,
                                                            keystore::Resolve(state.ring.policy)));
    next.kid = keystore::Kid();
    state.keys = change.LiveKeys();
    std::erase_if(state.keys, [&](const KeyRecord& key) { return key.uid == next.uid; });
    state.keys.push_back(std::move(next));
    supplied_ = true;
    return absl::OkStatus();
  }

  // Step 2.
  absl::StatusOr<Outcome> Rotate(RingState state, absl::Time now) {
    const keystore::ResolvedPolicy policy = keystore::Resolve(state.ring.policy);
    const KeyRecord& next = *keystore::FindNext(state.keys);
    const bool hurried = command_.purge == Purge::kYes || command_.force == Force::kYes;
    const bool waits = !hurried && std::max(now, next.update_time) < keystore::ActivatableTime(next, policy);
    if (waits && occasion_ == RotationOccasion::kCompletion) return Outcome{};

    if (CountsAgainstQuota(state.ring)) SIGNET_RETURN_IF_ERROR(TakeRotationQuota(state.ring, now));
    // One that is under way has noted by itself what made room for its key.
    Rotation rotation = keystore::IsUnderWay(state.ring) ? *state.ring.rotation : NewRotation(state.ring, now);
    rotation.purge |= command_.purge == Purge::kYes;
    rotation.force |= command_.force == Force::kYes;
    if (!keystore::IsUnderWay(state.ring)) rotation.retired = retired_;
    std::optional<KeyRecord> pending;
    if (!waits && policy.keep_next && !HoldsAnotherNext(state.keys, next.uid)) {
      const absl::Status supported = CheckHsmSupports(services_, state.ring.algorithm);
      if (!supported.ok() && !MayLackNext()) return supported;
      if (supported.ok()) pending = NewPendingKey(services_, state.ring, {}, "");
    }
    absl::StatusOr<RotationChange> change = Build(state, rotation, waits, pending, now);
    if (GetReason(change.status()) == reason::kKeyLimitReached && pending && MayLackNext()) {
      pending.reset();
      change = Build(state, rotation, waits, pending, now);
    }
    if (!change.ok()) return change.status();
    if (request_.mode == Mode::kExecute) {
      if (!waits) SIGNET_RETURN_IF_ERROR(CheckPrivateKeyIsThere(services_, next));
      RememberResult(name_.tenant.value(), request_, keystore::ToJson(*change->ring().rotation), now, change->change());
      SIGNET_RETURN_IF_ERROR(services_.store.Commit(change->change()).status());
      // A crash here leaves a rotation that is done or under way, private keys that nobody uses and a NEXT key that is only
      // intended: reconciliation ends both, and the scheduler makes another NEXT key.
      services_.steps.Reached(kStepRotateCommitted);
    }
    AddWarnings(change->warnings());
    return Outcome{.kind = Outcome::Kind::kDone,
                   .pending = std::move(pending),
                   .ring = change->ring(),
                   .rotation = *change->ring().rotation,
                   .live = change->LiveKeys(),
                   .gone = change->gone()};
  }

  // Whether the rotation goes on where no NEXT key can be made after it, which the scheduler then does when it can: one that has
  // begun must end, and a purge must not wait.
  bool MayLackNext() const { return supplied_ || occasion_ == RotationOccasion::kCompletion || command_.purge == Purge::kYes; }

  absl::StatusOr<RotationChange> Build(const RingState& state, const Rotation& rotation, bool waits,
                                       const std::optional<KeyRecord>& pending, absl::Time now) const {
    RotationChange change(state.ring, state.keys, terms_, actor_, now);
    if (waits) {
      change.Schedule(rotation);
    } else {
      SIGNET_RETURN_IF_ERROR(change.Activate(rotation, pending));
    }
    return change;
  }

  static bool HoldsAnotherNext(const std::vector<KeyRecord>& keys, const keystore::KeyUid& next) {
    return std::any_of(keys.begin(), keys.end(), [&](const KeyRecord& key) {
      return key.uid != next &&
             (keystore::RoleOf(key) == keystore::KeyRole::kNext || key.state == keystore::KeyState::kPendingGeneration);
    });
  }

  Rotation NewRotation(const RingRecord& ring, absl::Time now) const {
    Rotation rotation = keystore::BeginRotation(ring, now);
    rotation.actor = actor_.name;
    rotation.request_id = actor_.request_id;
    rotation.reason = command_.reason;
    return rotation;
  }

  // Step 3, and the result.
  absl::StatusOr<RotationResult> Finish(Outcome outcome) {
    if (request_.mode == Mode::kExecute) {
      const absl::Status published = Publish(services_);
      if (published.ok()) DestroyPrivateKeysOrLog(services_, outcome.gone, actor_);
      if (!outcome.replayed) services_.steps.Reached(kStepRotateCleared);
      if (outcome.pending && !outcome.replayed) {
        // Whatever becomes of the rest, so that it does not stay PENDING_GENERATION.
        const absl::Status made = GenerateIntendedKey(services_, *outcome.pending, actor_).status();
        if (!made.ok()) WarnOfMissingNext(made);
        SIGNET_RETURN_IF_ERROR(Publish(services_));
        services_.steps.Reached(kStepRotateNextMade);
      }
      // The one that the first call left, if the store failed it.
      const KeyRecord* left = outcome.replayed ? FindPending(outcome.live) : nullptr;
      if (left != nullptr && Complete(*left)) SIGNET_RETURN_IF_ERROR(Publish(services_));
      SIGNET_RETURN_IF_ERROR(published);
      // The new NEXT key has got its name.
      SIGNET_ASSIGN_OR_RETURN(outcome.live, FindLiveKeys(services_.store, name_));
    }
    SIGNET_ASSIGN_OR_RETURN(RotationResult result,
                            MakeRotationResult(services_.store, outcome.ring, outcome.rotation, outcome.live));
    result.replayed = outcome.replayed;
    result.warnings = std::move(warnings_);
    return result;
  }

  // Completes a key whose maker may have been left by the store. Tells whether it is there.
  bool Complete(const KeyRecord& pending) { return CompleteGeneration(services_, pending, actor_).ok(); }

  void WarnOfMissingNext(const absl::Status& error) {
    warnings_.push_back("the rotation is done, but its next key could not be made; signet tries again by itself");
    services_.logger.Log(LogLevel::kError, "the next key of a rotation could not be made; it is tried again",
                         {{"ring", FormatRingName(name_)}, {"reason", GetReason(error)}, {"error", std::string(error.message())}});
  }

  void AddWarnings(const std::vector<std::string>& warnings) {
    for (const std::string& warning : warnings) {
      if (std::find(warnings_.begin(), warnings_.end(), warning) == warnings_.end()) warnings_.push_back(warning);
    }
  }

  const Services& services_;
  const RingName name_;
  const RotationOccasion occasion_;
  const RotateCommand command_;
  const ChangeRequest request_;
  const RotationChange::Terms terms_;
  const Actor actor_;
  // How many rotations the ring had seen when this call began, and whether the last of them was under way.
  std::optional<int64_t> number_before_;
  bool under_way_before_ = false;
  // This call has made the NEXT key, and retired these for it.
  bool supplied_ = false;
  std::vector<keystore::KeyUid> retired_;
  std::vector<std::string> warnings_;
};

}  // namespace

absl::StatusOr<RotationResult> RotateKeys(const Services& services, const RingName& ring, const RotateCommand& command,
                                          const ChangeRequest& request) {
  SIGNET_RETURN_IF_ERROR(CheckReason(command.reason));
  SIGNET_ASSIGN_OR_RETURN(std::optional<RotationResult> result,
                          RunRotation(services, ring, RotationOccasion::kRequest, command, request));
  if (!result.has_value()) return Defect("a rotation that was asked for did nothing");
  return *std::move(result);
}

absl::StatusOr<std::optional<RotationResult>> RunRotation(const Services& services, const RingName& ring, RotationOccasion occasion,
                                                          const RotateCommand& command, const ChangeRequest& request) {
  return RotationCall(services, ring, occasion, command, request).Run();
}

}  // namespace signet::core
