#include "server/core/rotation_scheduler.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/error_reason.h"
#include "base/random.h"
#include "keystore/lifecycle.h"
#include "nlohmann/json.hpp"
#include "server/core/audit.h"
#include "server/core/private_key_destruction.h"
#include "server/core/resource_lookup.h"
#include "server/core/ring_maintenance.h"

namespace signet::core {
namespace {

constexpr char kLeaseName[] = "rotation";
constexpr int kReadLimit = 1000;
// A step makes at most a few others due: a rotation, its NEXT key, a retirement for each key.
constexpr int kMostStepsInAPass = 32;
constexpr absl::Duration kShortestBackoff = absl::Seconds(5);
constexpr absl::Duration kLongestBackoff = absl::Minutes(10);
// However long a step says that it must wait: what it waits for can come earlier.
constexpr absl::Duration kLongestWait = absl::Hours(1);
// How long a private key is left to the call that retired its key, and from one try to the next.
constexpr absl::Duration kLeftoverInterval = absl::Minutes(1);
// From one failure to seal the trail, or to wrap keys anew, to the next try.
constexpr absl::Duration kSealingInterval = absl::Minutes(1);
constexpr absl::Duration kRewrappingInterval = absl::Minutes(1);
// Of each pass: what else is due is to wait no longer for it.
constexpr absl::Duration kRewrappingTime = absl::Seconds(1);

absl::Duration Backoff(int failures) {
  return std::min(kShortestBackoff * (int64_t{1} << std::min(failures - 1, 10)), kLongestBackoff);
}

}  // namespace

RotationScheduler::RotationScheduler(const Options& options, const Services& services, Metrics& metrics)
    : options_(options),
      services_(services),
      metrics_(metrics),
      holder_(NewUuid(services.random)),
      sealer_(options.sealing, services_),
      rewrapping_(services_) {}

RotationScheduler::~RotationScheduler() { Stop(); }

void RotationScheduler::Start() {
  thread_ = std::thread([this] { Work(); });
}

void RotationScheduler::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.NotifyAll();
  if (thread_.joinable()) thread_.join();
}

bool RotationScheduler::IsStopping() {
  MutexLock lock(mutex_);
  return stopping_;
}

void RotationScheduler::Work() {
  bool failing = false;
  while (true) {
    const absl::Status status = RunPass();
    if (!status.ok() && !failing) {
      services_.logger.Log(LogLevel::kError, "planned rotations cannot be looked for; it is tried again",
                           {{"reason", GetReason(status)}, {"error", std::string(status.message())}});
    }
    failing = !status.ok();
    MutexLock lock(mutex_);
    if (!stopping_) wake_.WaitFor(mutex_, options_.interval);
    if (stopping_) break;
  }
  // Gives the lease back, so that the next replica need not wait for its end. One that is another's stays so; and where the store
  // cannot be reached, it ends by itself.
  const absl::Time now = services_.Now();
  (void)services_.store.HoldLease({kLeaseName, holder_, now}, now);
}

absl::StatusOr<bool> RotationScheduler::HoldLease() {
  const absl::Time now = services_.Now();
  const absl::StatusOr<bool> leads = services_.store.HoldLease({kLeaseName, holder_, now + options_.lease}, now);
  metrics_.SetSchedulerLeads(leads.ok() && *leads);
  return leads;
}

absl::Status RotationScheduler::RunPass() {
  SIGNET_ASSIGN_OR_RETURN(bool leads, HoldLease());
  if (!leads) return absl::OkStatus();
  SIGNET_RETURN_IF_ERROR(FollowChanges());
  const absl::Time now = services_.Now();
  std::vector<RingName> due;
  for (const auto& [name, plan] : plans_) {
    if (plan.due <= now || now < plan.decided_at) due.push_back(name);
  }
  for (const RingName& name : due) {
    if (IsStopping()) return absl::OkStatus();
    // Keys can take seconds to make: the lease must last for the whole pass.
    SIGNET_ASSIGN_OR_RETURN(leads, HoldLease());
    if (!leads) return absl::OkStatus();
    SIGNET_RETURN_IF_ERROR(RunRing(name));
  }
  DestroyLeftovers();
  SealTrail();
  RewrapKeys();
  return absl::OkStatus();
}

absl::Status RotationScheduler::FollowChanges() {
  std::set<RingName> changed;
  while (true) {
    SIGNET_ASSIGN_OR_RETURN(const keystore::Changes changes, services_.store.ReadChanges(revision_, kReadLimit));
    for (const keystore::Record& record : changes.records) {
      if (const auto* ring = std::get_if<keystore::RingRecord>(&record)) changed.insert({ring->tenant, ring->id});
      if (const auto* key = std::get_if<keystore::KeyRecord>(&record)) {
        changed.insert({key->tenant, key->ring});
        leftovers_.erase(key->uid);
        if (key->in_hsm && !keystore::IsLive(*key)) leftovers_.emplace(key->uid, key->update_time);
      }
    }
    // Planned before the revision is taken over: after an error the same changes are read again.
    if (changes.records.empty()) break;
    for (const RingName& name : changed) SIGNET_RETURN_IF_ERROR(PlanAnew(name));
    changed.clear();
    revision_ = changes.revision;
  }
  return absl::OkStatus();
}

absl::Status RotationScheduler::PlanAnew(const RingName& name) {
  const absl::StatusOr<RingState> state = ReadRingState(services_.store, name);
  if (absl::IsNotFound(state.status())) {
    plans_.erase(name);
    return absl::OkStatus();
  }
  SIGNET_RETURN_IF_ERROR(state.status());
  const std::vector<keystore::PlannedStep> steps = keystore::PlanRing(state->ring, state->keys);
  if (steps.empty()) {
    plans_.erase(name);
    return absl::OkStatus();
  }
  // A change may be the cure of what failed: no backoff outlives it.
  plans_[name] = {.due = steps.front().time, .decided_at = absl::InfinitePast()};
  return absl::OkStatus();
}

absl::Status RotationScheduler::RunRing(const RingName& name) {
  // What failed now is not tried again in this pass, and does not hold up the rest.
  std::map<StepId, int> failures = plans_[name].failures;
  std::map<StepId, absl::Time> put_off;
  absl::Time due = absl::InfiniteFuture();
  for (int i = 0; i < kMostStepsInAPass && !IsStopping(); ++i) {
    const absl::StatusOr<RingState> state = ReadRingState(services_.store, name);
    if (!state.ok()) break;
    const std::vector<keystore::PlannedStep> steps = keystore::PlanRing(state->ring, state->keys);
    const absl::Time now = services_.Now();
    const auto step = std::find_if(steps.begin(), steps.end(), [&](const keystore::PlannedStep& planned) {
      return planned.time <= now && !put_off.contains({planned.action, planned.key});
    });
    if (step == steps.end()) {
      // What failed does not hold up what falls due before it is tried again.
      for (const keystore::PlannedStep& planned : steps) {
        if (planned.time > now) due = std::min(due, planned.time);
      }
      break;
    }
    const absl::Status done = DoPlannedStep(services_, name, *step);
    if (done.ok()) {
      metrics_.RecordPlannedStep(NameOf(step->action), "ok");
    } else {
      put_off[{step->action, step->key}] = NoteFailure(name, *step, done, failures);
    }
  }
  // What the steps did is a change, too: it is read here, so that the next pass does not take it for a cure.
  SIGNET_RETURN_IF_ERROR(FollowChanges());
  if (put_off.empty()) return PlanAnew(name);
  for (const auto& [id, time] : put_off) due = std::min(due, time);
  plans_[name] = {.due = due, .decided_at = services_.Now(), .failures = std::move(failures)};
  return absl::OkStatus();
}

absl::Time RotationScheduler::NoteFailure(const RingName& name, const keystore::PlannedStep& step, const absl::Status& error,
                                          std::map<StepId, int>& failures) {
  const absl::Time now = services_.Now();
  const std::optional<ErrorDetail> detail = GetErrorDetail(error);
  const bool must_wait = detail && (detail->retry_delay.has_value() || detail->reason == reason::kRotationLocked);
  metrics_.RecordPlannedStep(NameOf(step.action), must_wait ? "waits" : "error");
  if (must_wait) return now + std::min(detail->retry_delay.value_or(kShortestBackoff), kLongestWait);
  const int count = ++failures[{step.action, step.key}];
  ReportFailure(name, step, error, count);
  return now + Backoff(count);
}

void RotationScheduler::DestroyLeftovers() {
  const absl::Time now = services_.Now();
  if (now < leftovers_due_ && leftovers_due_ - now <= kLeftoverInterval) return;
  for (auto left = leftovers_.begin(); left != leftovers_.end();) {
    if (IsStopping()) return;
    // The call that retired it may be at it.
    if (now - left->second < kLeftoverInterval && now >= left->second) {
      ++left;
      continue;
    }
    const absl::StatusOr<Destruction> destruction = DestroyPrivateKey(services_, left->first, {std::string(kSystemActor), ""});
    metrics_.RecordPlannedStep("destroy", destruction.ok() ? "ok" : "error");
    if (destruction.ok()) {
      left = leftovers_.erase(left);
      continue;
    }
    // The log has it from the call. One key that the HSM refuses to destroy holds up no other; an HSM that is away does.
    leftovers_due_ = now + kLeftoverInterval;
    if (!services_.hsm.CheckHealth().ok()) return;
    ++left;
  }
}

void RotationScheduler::SealTrail() {
  const absl::Time now = services_.Now();
  if (now < sealing_due_ && sealing_due_ - now <= kSealingInterval) return;
  const absl::StatusOr<bool> sealed = sealer_.SealIfDue();
  if (sealed.ok()) {
    if (*sealed) metrics_.RecordPlannedStep("seal", "ok");
    return;
  }
  sealing_due_ = now + kSealingInterval;
  metrics_.RecordPlannedStep("seal", "error");
  services_.logger.Log(LogLevel::kError, "the audit trail cannot be sealed; it is tried again",
                       {{"reason", GetReason(sealed.status())}, {"error", std::string(sealed.status().message())}});
}

void RotationScheduler::RewrapKeys() {
  const absl::Time start = services_.Now();
  if (start < rewrapping_due_ && rewrapping_due_ - start <= kRewrappingInterval) return;
  const absl::StatusOr<int> done =
      rewrapping_.Run([&] { return IsStopping() || services_.Now() - start > kRewrappingTime || services_.Now() < start; });
  if (done.ok()) {
    if (*done > 0) metrics_.RecordPlannedStep("rewrap", "ok");
    return;
  }
  rewrapping_due_ = services_.Now() + kRewrappingInterval;
  metrics_.RecordPlannedStep("rewrap", "error");
  services_.logger.Log(LogLevel::kError, "keys cannot be wrapped anew; it is tried again",
                       {{"reason", GetReason(done.status())}, {"error", std::string(done.status().message())}});
}

void RotationScheduler::ReportFailure(const RingName& name, const keystore::PlannedStep& step, const absl::Status& error,
                                      int failures) {
  services_.logger.Log(LogLevel::kError, "a planned change of keys failed; it is tried again",
                       {{"ring", FormatRingName(name)},
                        {"action", std::string(NameOf(step.action))},
                        {"failures", int64_t{failures}},
                        {"reason", GetReason(error)},
                        {"error", std::string(error.message())}});
  if (failures > 1) return;
  keystore::Event event;
  event.time = services_.Now();
  event.actor = std::string(kSystemActor);
  event.action = "PlannedStepFailed";
  event.resource = FormatRingName(name);
  event.tenant = name.tenant;
  const nlohmann::ordered_json what = {{"action", std::string(NameOf(step.action))}, {"reason", GetReason(error)}};
  event.after = what.dump();
  keystore::Change change;
  change.events = {std::move(event)};
  // A store that cannot be written to is why the step failed, or as bad: the log has it.
  (void)services_.store.Commit(change);
}

}  // namespace signet::core
