#ifndef SIGNET_BASE_RANDOM_H_
#define SIGNET_BASE_RANDOM_H_

#include <cstddef>
#include <string>

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

// Returns a random UUID (RFC 9562, version 4) in its usual text form.
std::string NewUuid(Random& random);

}  // namespace signet

#endif  // SIGNET_BASE_RANDOM_H_
