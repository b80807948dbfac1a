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
    : gate_(std::exchange(other.gate_, nullptr)), slot_(other.slot_), generation_(other.generation_) {}

ModuleGate::Pass& ModuleGate::Pass::operator=(Pass&& other) noexcept {
  // The other takes this pass along and leaves with it.
  std::swap(gate_, other.gate_);
  std::swap(slot_, other.slot_);
  std::swap(generation_, other.generation_);
  return *this;
}

void ModuleGate::Pass::Leave() {
  ModuleGate* const gate = std::exchange(gate_, nullptr);
  if (gate == nullptr) return;
  // Sequentially consistent, as in Enter and Close: either this thread sees that the gate is closed, or the closing one that the
  // slot is empty.
  slot_->fetch_sub(1);
  if (!gate->closed_.load()) return;
  MutexLock lock(gate->mutex_);
  gate->changed_.NotifyAll();
}

std::optional<ModuleGate::Pass> ModuleGate::Enter() {
  std::atomic<int>& slot = slots_[ThreadNumber() % kSlots].inside;
  while (true) {
    slot.fetch_add(1);
    // From here on nobody gets the gate closed, if it was open: only now is the generation the one to be in.
    if (!closed_.load()) return Pass(*this, slot, generation());
    Pass(*this, slot, 0).Leave();
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
  closed_at_ = steady_clock::now();
  closed_.store(true);
  while (!IsEmpty()) {
    const absl::Duration left = patience - absl::FromChrono(steady_clock::now() - closed_at_);
    if (left <= absl::ZeroDuration()) {
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

bool ModuleGate::IsEmpty() const {
  for (const Slot& slot : slots_) {
    if (slot.inside.load() != 0) return false;
  }
  return true;
}

void ModuleGate::Reopen() {
  closed_.store(false);
  changed_.NotifyAll();
}

}  // namespace signet::hsm
