#ifndef SIGNET_TESTS_LIFE_SEEDED_RANDOM_H_
#define SIGNET_TESTS_LIFE_SEEDED_RANDOM_H_

#include <cstdint>
#include <random>
#include <string>

#include "base/random.h"

namespace signet::testing {

// SeededRandom yields the same bytes and draws for the same seed. For tests with one thread.
class SeededRandom : public Random {
 public:
  explicit SeededRandom(uint32_t seed) : engine_(seed) {}

  std::string Bytes(size_t count) override {
    std::string bytes(count, '\0');
    for (char& byte : bytes) byte = static_cast<char>(Draw(0, 255));
    return bytes;
  }

  // From `least` to `most`, both included.
  int Draw(int least, int most) { return std::uniform_int_distribution<int>(least, most)(engine_); }
  bool Percent(int chance) { return Draw(0, 99) < chance; }
  // One of `items`, which are some.
  template <typename Items>
  auto Pick(const Items& items) -> typename Items::value_type {
    return *std::next(items.begin(), Draw(0, static_cast<int>(items.size()) - 1));
  }

 private:
  std::mt19937 engine_;
};

}  // namespace signet::testing

#endif  // SIGNET_TESTS_LIFE_SEEDED_RANDOM_H_
