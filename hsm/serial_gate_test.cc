#include "hsm/serial_gate.h"

#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace signet::hsm {
namespace {

TEST(SerialGate, LetsOneThreadInAtATime) {
  SerialGate gate;
  int inside = 0;
  int entered = 0;  // Neither is atomic: ThreadSanitizer sees a second thread.
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        SerialPass pass(gate);
        EXPECT_EQ(++inside, 1);
        ++entered;
        --inside;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(entered, 4000);
}

}  // namespace
}  // namespace signet::hsm
