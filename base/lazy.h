#ifndef SIGNET_BASE_LAZY_H_
#define SIGNET_BASE_LAZY_H_

#include <atomic>
#include <memory>

namespace signet {

// Lazy holds a value that is made when it is first asked for, and stays then; a pointer's worth until then. Thread-safe: several
// threads may ask at once, and all get the same. A copy of one that has its value makes its own.
template <typename Value>
class Lazy {
 public:
  Lazy() = default;
  Lazy(const Lazy&) : Lazy() {}
  Lazy& operator=(const Lazy&) = delete;
  ~Lazy() { delete value_.load(std::memory_order_relaxed); }

  // The value, which is `make()`. Two threads that are the first at once both make it, and one of the two is dropped.
  template <typename Make>
  const Value& Get(const Make& make) const {
    if (const Value* const value = value_.load(std::memory_order_acquire)) return *value;
    auto made = std::make_unique<const Value>(make());
    const Value* others = nullptr;
    if (!value_.compare_exchange_strong(others, made.get(), std::memory_order_acq_rel)) return *others;
    return *made.release();
  }

 private:
  mutable std::atomic<const Value*> value_ = nullptr;
};

}  // namespace signet

#endif  // SIGNET_BASE_LAZY_H_
