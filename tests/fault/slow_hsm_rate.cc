// Measures how many signatures a second the real signetd makes with an HSM that takes its time: as many as its sessions allow,
// until the CPU is the limit. Usage: slow_hsm_rate SIGNETD FAULT_MODULE
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/fault/faulty_server.h"

namespace signet::testing {
namespace {

constexpr int kSessions = 16;  // signetd's default.
constexpr int kInFlight = 64;
constexpr absl::Duration kLength = absl::Seconds(5);

double SignaturesPerSecond(FaultyServer& server) {
  std::atomic<bool> over = false;
  std::atomic<int> count = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < kInFlight; ++i) {
    callers.emplace_back([&] {
      v1::SignTokenRequest sign;
      sign.set_key_ring("tenants/dev/keyRings/access-token");
      while (!over) {
        if (server.client().Call(&v1::KeyService::Stub::SignToken, sign).ok()) ++count;
      }
    });
  }
  absl::SleepFor(absl::Seconds(1));
  const int before = count;
  const absl::Time begin = absl::Now();
  absl::SleepFor(kLength);
  const double rate = (count - before) / absl::ToDoubleSeconds(absl::Now() - begin);
  over = true;
  for (std::thread& caller : callers) caller.join();
  return rate;
}

void Measure(const std::string& signetd, const std::string& module) {
  FaultyServer server(signetd, module);
  server.MakeNewKey();
  for (const int milliseconds : {5, 10, 20}) {
    server.SetFaults(absl::StrCat("C_Sign delay ", milliseconds, "\n"));
    const double most = kSessions * 1000.0 / milliseconds;
    const double rate = SignaturesPerSecond(server);
    std::printf("%d ms: %.0f signatures a second, %.0f %% of %d sessions / %d ms\n", milliseconds, rate, 100 * rate / most,
                kSessions, milliseconds);
  }
}

}  // namespace
}  // namespace signet::testing

int main(int, char** argv) {
  signet::testing::Measure(argv[1], std::filesystem::absolute(argv[2]));
  return 0;
}
