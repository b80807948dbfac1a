#ifndef SIGNET_BASE_RANDOM_H_
#define SIGNET_BASE_RANDOM_H_

#include <cstddef>
#include <string>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"

namespace signet {

// Random yields bytes that nobody can predict. Thread-safe.
class Random {
 public:
  virtual ~Random() = default;
  virtual std::string Bytes(size_t count) = 0;
};

// SystemRandom is the kernel's generator, getrandom(2).
class SystemRandom : public Random {
 public:
  std::string Bytes(size_t count) override;
};

// RandomStock takes from another Random much at once and gives it out in small amounts, each byte to one caller: a system call for
// each id that a server makes costs more than the id. What it has given out it no longer knows. Thread-safe.
class RandomStock : public Random {
 public:
  // `source` is borrowed.
  explicit RandomStock(Random& source) : source_(source) {}
  std::string Bytes(size_t count) override;

 private:
  Random& source_;
  Mutex mutex_;
  // Given out from the end on.
  std::string stock_ ABSL_GUARDED_BY(mutex_);
};

// Returns a random UUID (RFC 9562, version 4) in its usual text form.
std::string NewUuid(Random& random);

}  // namespace signet

#endif  // SIGNET_BASE_RANDOM_H_
