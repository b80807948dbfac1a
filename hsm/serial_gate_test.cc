#include "hsm/serial_gate.h"

#include <chrono>
#include <optional>
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

TEST(SerialGate, OneThatStaysInForTooLongHoldsUpNobodyAnew) {
  const absl::Duration patience = absl::Milliseconds(500);
  SerialGate gate(absl::Milliseconds(100));
  std::optional<SerialPass> inside(gate);
  EXPECT_FALSE(TrySerialPass(gate, patience).is_in());
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 8; ++i) EXPECT_FALSE(TrySerialPass(gate, patience).is_in());
  EXPECT_LT(absl::FromChrono(std::chrono::steady_clock::now() - start), patience);
  inside.reset();
  EXPECT_TRUE(TrySerialPass(gate, patience).is_in());
}

TEST(SerialGate, WhoeverIsPatientWaitsForLongerThanTheLongestStay) {
  SerialGate gate(absl::ZeroDuration());
  std::optional<SerialPass> inside(gate);
  std::thread patient([&] { EXPECT_TRUE(TrySerialPass(gate, absl::Seconds(60)).is_in()); });
  EXPECT_FALSE(TrySerialPass(gate, absl::Milliseconds(1)).is_in());
  inside.reset();
  patient.join();
}

}  // namespace
}  // namespace signet::hsm
