#include "hsm/module_gate.h"

#include <utility>

namespace signet::hsm {
namespace {

using std::chrono::steady_clock;

// The number of this thread, in the order of their first calls.
size_t ThreadNumber() {
  static std::atomic<size_t> threads = 0;
  thread_local const size_t number = threads.fetch_add(1, std::memory_order_relaxed);
  return number;
}

}  // namespace

ModuleGate::Pass::Pass(Pass&& other) noexcept
    : gate_(std::exchange(other.gate_, nullptr)),
      slot_(other.slot_),
      generation_(other.generation_),
      failed_closings_(other.failed_closings_) {}

ModuleGate::Pass& ModuleGate::Pass::operator=(Pass&& other) noexcept {
  // The other takes this pass along and leaves with it.
  std::swap(gate_, other.gate_);
  std::swap(slot_, other.slot_);
  std::swap(generation_, other.generation_);
  std::swap(failed_closings_, other.failed_closings_);
  return *this;
}

void ModuleGate::Pass::Leave() {
  ModuleGate* const gate = std::exchange(gate_, nullptr);
  if (gate == nullptr) return;
  // Sequentially consistent, as in Enter and Close: either this thread sees that the gate is closed, or the closing one that the
  // slot is empty.
  slot_->fetch_sub(1);
  // In this order: a gate that is open again counts as one that failed to close.
  if (!gate->closed_.load() && gate->failed_closings_.load() == failed_closings_) return;
  MutexLock lock(gate->mutex_);
  // Who left just when a closing failed may not have been counted: then the next closing finds out who is in.
  if (gate->failed_closings_.load() != failed_closings_ && gate->staying_ > 0) --gate->staying_;
  gate->changed_.NotifyAll();
}

std::optional<ModuleGate::Pass> ModuleGate::Enter() {
  std::atomic<int>& slot = slots_[ThreadNumber() % kSlots].inside;
  while (true) {
    // Before it is in: who is counted as staying must know that it stayed.
    const uint64_t failed_closings = failed_closings_.load();
    slot.fetch_add(1);
    // From here on nobody gets the gate closed, if it was open: only now is the generation the one to be in.
    if (!closed_.load()) return Pass(*this, slot, generation(), failed_closings);
    Pass(*this, slot, 0, failed_closings).Leave();
    MutexLock lock(mutex_);
    while (closed_.load()) {
      const absl::Duration left = kPatience - absl::FromChrono(steady_clock::now() - closed_at_);
      if (left <= absl::ZeroDuration()) return std::nullopt;
      changed_.WaitFor(mutex_, left);
    }
  }
}

bool ModuleGate::Close(absl::Duration patience) {
  MutexLock lock(mutex_);
  if (staying_ > 0) return false;
  closed_at_ = steady_clock::now();
  closed_.store(true);
  while (CountInside() > 0) {
    const absl::Duration left = patience - absl::FromChrono(steady_clock::now() - closed_at_);
    if (left <= absl::ZeroDuration()) {
      // Counted first, so that whoever comes in later, and knows of this failure, was not.
      staying_ = CountInside();
      ++failed_closings_;
      Reopen();
      return false;
    }
    changed_.WaitFor(mutex_, left);
  }
  return true;
}

void ModuleGate::Open() {
  MutexLock lock(mutex_);
  ++generation_;
  Reopen();
}

int ModuleGate::CountInside() const {
  int inside = 0;
  for (const Slot& slot : slots_) inside += slot.inside.load();
  return inside;
}

void ModuleGate::Reopen() {
  closed_.store(false);
  changed_.NotifyAll();
}

}  // namespace signet::hsm
