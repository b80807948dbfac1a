// Measures what callers notice of an HSM that goes away and comes back, on the real signetd under load: how many calls were lost,
// by how much the latest answer passed its deadline, how soon signing was at full speed again after the HSM's return, and the
// longest time without an answer to a caller of the JWKS. Usage: recovery_times SIGNETD FAULT_MODULE
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "tests/e2e/dev_server.h"
#include "tests/e2e/remote_token.h"
#include "tests/fault/faulty_server.h"

namespace signet::testing {
namespace {

constexpr int kCallers = 8;
constexpr absl::Duration kCallTimeout = absl::Seconds(2);
// Of the speed before, and the time that it is looked at.
constexpr absl::Duration kSteady = absl::Seconds(2);
constexpr absl::Duration kWindow = absl::Milliseconds(500);
// What counts as full speed again, of the speed before.
constexpr double kFull = 0.9;
constexpr absl::Duration kPatience = absl::Seconds(30);

// Load has callers sign without pause, and one ask for the JWKS, and notes what became of it.
class Load {
 public:
  explicit Load(DevServer& server) {
    // With an access token, which the HSM signs.
    for (int i = 0; i < kCallers; ++i) {
      std::shared_ptr<client::Client> client = server.Connect(kCallTimeout);
      AskForJwks(*client);
      threads_.emplace_back([this, client] { SignTokens(*client); });
    }
    threads_.emplace_back([this, client = std::shared_ptr<client::Client>(server.Connect(kCallTimeout))] {
      while (!over_) {
        const absl::Time begin = absl::Now();
        if (!AskForJwks(*client)) ++lost_jwks_;
        Keep(longest_jwks_, absl::Now() - begin);
        absl::SleepFor(absl::Milliseconds(10));
      }
    });
  }
  ~Load() {
    over_ = true;
    for (std::thread& thread : threads_) thread.join();
  }

  // Signatures a second, for so long.
  double Rate(absl::Duration time) const {
    const int before = signed_;
    const absl::Time begin = absl::Now();
    absl::SleepFor(time);
    return (signed_ - before) / absl::ToDoubleSeconds(absl::Now() - begin);
  }
  int lost() const { return lost_; }
  int lost_jwks() const { return lost_jwks_; }
  absl::Duration longest_jwks() { return Read(longest_jwks_); }
  absl::Duration latest() { return Read(latest_); }

 private:
  static bool AskForJwks(client::Client& client) {
    v1::GetJwksRequest request;
    request.set_parent("tenants/dev");
    return client.Call(&v1::KeyService::Stub::GetJwks, request).ok();
  }
  void SignTokens(client::Client& client) {
    v1::SignTokenRequest sign;
    sign.set_key_ring("tenants/dev/keyRings/access-token");
    while (!over_) {
      const absl::Time deadline = absl::Now() + kCallTimeout;
      const bool good = client.Call(&v1::KeyService::Stub::SignToken, sign).ok();
      Keep(latest_, absl::Now() - deadline);
      ++(good ? signed_ : lost_);
      if (!good) absl::SleepFor(absl::Milliseconds(2));
    }
  }
  void Keep(absl::Duration& longest, absl::Duration time) {
    MutexLock lock(mutex_);
    longest = std::max(longest, time);
  }
  absl::Duration Read(const absl::Duration& longest) {
    MutexLock lock(mutex_);
    return longest;
  }

  std::atomic<bool> over_ = false;
  std::atomic<int> signed_ = 0;
  std::atomic<int> lost_ = 0;
  std::atomic<int> lost_jwks_ = 0;
  Mutex mutex_;
  // By how much the latest answer passed its deadline; negative if none did.
  absl::Duration latest_ = -kCallTimeout;
  absl::Duration longest_jwks_ = absl::ZeroDuration();
  std::vector<std::thread> threads_;
};

std::string TimeToFullSpeed(const Load& load, double before) {
  const absl::Time begin = absl::Now();
  while (load.Rate(kWindow) < kFull * before) {
    if (absl::Now() - begin > kPatience) return absl::FormatDuration(kPatience) + " and more";
  }
  // Of the window that was the first to be fast.
  return "within " + absl::FormatDuration(absl::Trunc(absl::Now() - begin, absl::Milliseconds(100)));
}

// `fault` returns when the HSM is back.
void Report(const char* name, DevServer& server, const std::function<void()>& fault) {
  Load load(server);
  const double before = load.Rate(kSteady);
  fault();
  const std::string recovered = TimeToFullSpeed(load, before);
  std::printf("| %s | %.0f | %d | %s | %s | %d | %s |\n", name, before, load.lost(), recovered.c_str(),
              load.latest() > absl::ZeroDuration() ? absl::FormatDuration(absl::Trunc(load.latest(), absl::Milliseconds(1))).c_str()
                                                   : "none was late",
              load.lost_jwks(), absl::FormatDuration(absl::Trunc(load.longest_jwks(), absl::Milliseconds(1))).c_str());
  std::fflush(stdout);
}

void Restarts(const std::string& signetd, const std::string& module) {
  FaultyServer faulty(signetd, module);
  faulty.MakeNewKey();
  Report("20 restarts, 200 ms apart", faulty.server(), [&] {
    for (int i = 0; i < 20; ++i) {
      faulty.SetFaults("C_Sign restart count=1\n");
      absl::SleepFor(absl::Milliseconds(200));
    }
    std::fprintf(stderr, "%d restarts\n", faulty.Restarts());
  });
  Report("1 % of C_Sign fail, for 5 s", faulty.server(), [&] {
    faulty.SetFaults("C_Sign error CKR_DEVICE_ERROR p=0.01\n");
    absl::SleepFor(absl::Seconds(5));
    faulty.SetFaults("");
  });
}

void MakeKey(DevServer& server) {
  v1::RotateKeysRequest rotate;
  rotate.set_name("tenants/dev/keyRings/access-token");
  if (!server.Connect()->Call(&v1::KeyService::Stub::RotateKeys, rotate).ok()) std::abort();
}

void Absences(const std::string& signetd) {
  TestFolder folder;
  DevServer server(signetd, folder);
  if (!server.Start()) std::abort();
  MakeKey(server);
  const std::string tokens = server.data_dir() + "/tokens";
  Report("token's folder away for 5 s", server, [&] {
    std::filesystem::rename(tokens, tokens + ".away");
    absl::SleepFor(absl::Seconds(5));
    std::filesystem::rename(tokens + ".away", tokens);
  });
  if (server.Stop() != 0) std::abort();

  RemoteToken remote(server, folder);
  remote.Start();
  if (!server.Start(remote.environment())) std::abort();
  Report("remote module killed, back after 1 s", server, [&] {
    remote.Kill();
    absl::SleepFor(absl::Seconds(1));
    remote.Start();
  });
  Report("remote module stopped for 5 s", server, [&] {
    remote.Signal(SIGSTOP);
    absl::SleepFor(absl::Seconds(5));
    remote.Signal(SIGCONT);
  });
  server.Stop();
}

}  // namespace
}  // namespace signet::testing

int main(int, char** argv) {
  std::printf(
      "| what happened | signatures/s before | calls lost | full speed again | latest answer after its deadline | JWKS lost | "
      "longest JWKS |\n");
  std::printf("|---|---|---|---|---|---|---|\n");
  signet::testing::Restarts(argv[1], std::filesystem::absolute(argv[2]));
  signet::testing::Absences(argv[1]);
  return 0;
}
