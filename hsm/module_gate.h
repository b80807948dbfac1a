#ifndef SIGNET_HSM_MODULE_GATE_H_
#define SIGNET_HSM_MODULE_GATE_H_

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "base/mutex.h"

namespace signet::hsm {

// ModuleGate keeps calls into a module away from what crashes it while another thread is in a call: finalising it, initialising it,
// closing the sessions of others. Whoever calls passes the gate; whoever does one of those closes it first, which waits until all
// who are in have left. Thread-safe.
//
// To pass costs two atomic additions on a cache line that the thread shares with few others, and nobody waits for anybody as long
// as the gate is open.
class ModuleGate {
 public:
  // For how long, from its closing, a closed gate is waited for: longer than most modules take to initialise, and short enough for
  // a caller. After that nobody waits.
  static constexpr absl::Duration kPatience = absl::Seconds(1);

  // Pass is in the gate for its lifetime, and may leave it on another thread than it came in.
  class Pass {
   public:
    ~Pass() { Leave(); }
    Pass(Pass&& other) noexcept;
    Pass& operator=(Pass&& other) noexcept;

    // How often the gate had been closed: what belongs to a lower number is gone.
    uint64_t generation() const { return generation_; }

   private:
    friend class ModuleGate;
    Pass(ModuleGate& gate, std::atomic<int>& slot, uint64_t generation, uint64_t failed_closings)
        : gate_(&gate), slot_(&slot), generation_(generation), failed_closings_(failed_closings) {}
    void Leave();

    ModuleGate* gate_;  // nullptr: has left.
    std::atomic<int>* slot_;
    uint64_t generation_;
    // As they were when it came in, or a little before.
    uint64_t failed_closings_;
  };

  // Passes, waiting for a closed gate as kPatience says; nothing if it stays closed.
  // WARNING: a thread that is in must not enter once more: it would wait for a gate that waits for it.
  std::optional<Pass> Enter();

  // Closes the gate and waits for those who are in. If one of them stays for longer than `patience` (its call hangs), opens it
  // again and returns false; and returns false at once, without closing it, until all who stayed have left: those whose calls
  // work are not held up again and again. One at a time.
  bool Close(absl::Duration patience);
  // Begins the next generation and opens it.
  void Open();

  uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

 private:
  // Threads beyond this number share cache lines.
  static constexpr size_t kSlots = 64;
  struct alignas(64) Slot {
    std::atomic<int> inside = 0;
  };

  // How many are in.
  int CountInside() const;
  void Reopen() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  std::array<Slot, kSlots> slots_;
  alignas(64) std::atomic<bool> closed_ = false;
  std::atomic<uint64_t> generation_ = 0;
  // How often somebody stayed.
  std::atomic<uint64_t> failed_closings_ = 0;
  Mutex mutex_;
  // Who stayed and has not left yet.
  int staying_ ABSL_GUARDED_BY(mutex_) = 0;
  // Somebody has left a closed gate, or it has opened.
  CondVar changed_;
  std::chrono::steady_clock::time_point closed_at_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_MODULE_GATE_H_
