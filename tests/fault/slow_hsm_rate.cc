// Measures how many signatures a second the real signetd makes with an HSM that takes its time: as many as its sessions allow,
// until the CPU is the limit: so it prints the CPU time per signature, too. Usage: slow_hsm_rate SIGNETD FAULT_MODULE
#include <algorithm>
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
#include "tests/testing/cpu_time.h"

namespace signet::testing {
namespace {

// Calls in flight for each session.
constexpr int kCallsPerSession = 4;
constexpr absl::Duration kLength = absl::Seconds(5);

struct Rate {
  double signatures_per_second;
  absl::Duration cpu_per_signature;
};

Rate MeasureRate(FaultyServer& server, int sessions) {
  std::atomic<bool> over = false;
  std::atomic<int> count = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < sessions * kCallsPerSession; ++i) {
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
  const absl::Duration cpu_before = ProcessCpuTime(server.pid());
  const absl::Time begin = absl::Now();
  absl::SleepFor(kLength);
  const int made = count - before;
  const Rate rate{made / absl::ToDoubleSeconds(absl::Now() - begin),
                  (ProcessCpuTime(server.pid()) - cpu_before) / std::max(made, 1)};
  over = true;
  for (std::thread& caller : callers) caller.join();
  return rate;
}

void Measure(const std::string& signetd, const std::string& module) {
  FaultyServer server(signetd, module);
  server.MakeNewKey();
  for (const int sessions : {16, 64}) {
    server.Restart(absl::StrCat("sessions: ", sessions));
    for (const int milliseconds : {5, 10, 20, 50}) {
      server.SetFaults(absl::StrCat("C_Sign delay ", milliseconds, "\n"));
      const double most = sessions * 1000.0 / milliseconds;
      const Rate rate = MeasureRate(server, sessions);
      std::printf("%d sessions, %d ms: %.0f signatures a second, %.0f %% of sessions / delay, %.0f us of CPU each\n", sessions,
                  milliseconds, rate.signatures_per_second, 100 * rate.signatures_per_second / most,
                  absl::ToDoubleMicroseconds(rate.cpu_per_signature));
      std::fflush(stdout);
    }
    server.SetFaults("");
  }
}

}  // namespace
}  // namespace signet::testing

int main(int, char** argv) {
  signet::testing::Measure(argv[1], std::filesystem::absolute(argv[2]));
  return 0;
}
