// What SignToken costs a server with many tenants and many WRAPPED keys that all sign, beside one with one tenant and one such key,
// and what the bare Cryptoki signature costs with as many keys, and with one. All are measured in one run, in turns. Prints the
// medians as JSON: CPU microseconds per call, and what the larger server takes of time and memory.
//
// Usage: many_tenants_cost SIGNETD FILL_WRAPPED_STORE FOLDER TENANTS KEYS      (tools/bench runs it)
#include <signal.h>
#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"
#include "server/main/huge_pages.h"
#include "signet/v1/key_service.grpc.pb.h"
#include "tests/bench/bare_session_keys.h"
#include "tests/bench/child_process.h"
#include "tests/bench/dev_signet.h"
#include "tests/bench/load.h"
#include "tests/bench/many_tenants.h"

namespace signet::bench {
namespace {

constexpr int kRounds = 5;
constexpr int kCallsPerRound = 20'000;
constexpr int kInFlight = 64;
constexpr absl::Duration kStartPatience = absl::Minutes(10);
constexpr absl::Duration kIdlePatience = absl::Minutes(20);
// Less than this share of a core is idle.
constexpr double kIdle = 0.1;
// What the configuration asks for at least.
constexpr int kFewestUnwrappedKeys = 16;

struct Programs {
  std::string self;
  std::string signetd;
  std::string filler;
};

// The value of a line of /proc/PID/status, such as "VmRSS", in MiB.
double MemoryMib(const ChildProcess& process, const std::string& name) {
  const std::string status = ReadFile(absl::StrCat("/proc/", process.pid(), "/status"));
  const size_t line = status.find(name + ":");
  return line == std::string::npos ? 0 : std::strtod(status.c_str() + line + name.size() + 1, nullptr) / 1024;
}

// Side is a signetd with many tenants, or with few, on a folder of its own.
class Side {
 public:
  // Fills the store, and starts the server on it.
  Side(const Programs& programs, const std::string& folder, const ManyTenants& many) : folder_(folder), many_(many) {
    std::filesystem::create_directory(folder);
    // It makes the token, the certificates and the administrator.
    { const DevSignet maker(programs.signetd, folder); }
    absl::Time begin = absl::Now();
    const std::string fill = absl::StrCat(programs.filler, " ", folder, " ", many.tenants, " ", many.keys);
    if (system(fill.c_str()) != 0) Die("the store could not be filled");
    Note("fill_s", begin);
    facts_["store_mib"] = static_cast<double>(std::filesystem::file_size(folder + "/signet.db")) / (1 << 20);
    begin = absl::Now();
    signet_.emplace(programs.signetd, folder, std::max(many.keys, kFewestUnwrappedKeys), kStartPatience);
    Note("start_s", begin);
    AwaitIdle();
    Note("idle_s", begin);
    facts_["start_cpu_s"] = absl::ToDoubleSeconds(server().CpuTime());
    for (int key = 0; key < many.keys; ++key) requests_.push_back(TenClaims(many.RingName(key)));
  }

  // Has each key sign once, after which all are unwrapped.
  void SignOnceWithEach() {
    Connect();
    const absl::Time begin = absl::Now();
    std::atomic<size_t> next = 0;
    const StartCall start = Calls([&next] { return next++; });
    const int part = std::max(1, many_.keys / 20);
    for (int done = 0; done < many_.keys; done += part) {
      const int count = std::min(part, many_.keys - done);
      if (const int failed = RunAtOnce(start, count, kInFlight); failed > 0) Die(absl::StrCat(failed, " first calls failed"));
      std::fprintf(stderr, "\rsigned first with %d of %d keys in %.0f s", done + count, many_.keys,
                   absl::ToDoubleSeconds(absl::Now() - begin));
    }
    std::fprintf(stderr, "\n");
    Note("first_signatures_s", begin);
    AwaitIdle();
    // The one before may end meanwhile.
    Connect();
    facts_["resident_mib"] = MemoryMib(server(), "VmRSS");
    facts_["peak_mib"] = MemoryMib(server(), "VmHWM");
  }

  // The server's CPU time per call, each with a key drawn at random.
  absl::Duration Cost() {
    std::uniform_int_distribution<size_t> draw(0, requests_.size() - 1);
    std::vector<size_t> drawn(kCallsPerRound);
    for (size_t& key : drawn) key = draw(random_);
    std::atomic<size_t> next = 0;
    const StartCall start = Calls([&] { return drawn[next++]; });
    const absl::Duration before = server().CpuTime();
    if (const int failed = RunAtOnce(start, kCallsPerRound, kInFlight); failed > 0) Die(absl::StrCat(failed, " calls failed"));
    return (server().CpuTime() - before) / kCallsPerRound;
  }

  const std::string& folder() const { return folder_; }
  const nlohmann::json& facts() const { return facts_; }

 private:
  using Stub = v1::KeyService::StubInterface::async_interface;

  const ChildProcess& server() const { return signet_->process(); }
  void Note(const char* fact, absl::Time begin) { facts_[fact] = absl::ToDoubleSeconds(absl::Now() - begin); }
  void Connect() { stub_ = signet_->Connect(signet_->AccessToken()); }

  // Calls with the requests that `pick` picks, on any thread.
  StartCall Calls(std::function<size_t()> pick) {
    return [this, pick = std::move(pick)](std::function<void(const grpc::Status&)> ended) {
      UnaryCall<v1::SignTokenRequest, v1::SignTokenResponse>(static_cast<Stub&>(*stub_->async()), &Stub::SignToken,
                                                             requests_[pick()])(std::move(ended));
    };
  }

  // Waits until the server has done what it does by itself, such as to plan rotations after its start.
  void AwaitIdle() {
    const absl::Time end = absl::Now() + kIdlePatience;
    for (absl::Duration spent = absl::InfiniteDuration(); spent > absl::Seconds(2) * kIdle;) {
      if (absl::Now() > end) Die("the server does not come to rest");
      const absl::Duration before = server().CpuTime();
      absl::SleepFor(absl::Seconds(2));
      spent = server().CpuTime() - before;
    }
  }

  const std::string folder_;
  const ManyTenants many_;
  nlohmann::json facts_;
  std::optional<DevSignet> signet_;
  std::vector<v1::SignTokenRequest> requests_;
  std::unique_ptr<v1::KeyService::Stub> stub_;
  std::mt19937 random_;  // The same draws in each run.
};

double MedianMicroseconds(std::vector<absl::Duration> costs) {
  std::sort(costs.begin(), costs.end());
  return absl::ToDoubleMicroseconds(costs[costs.size() / 2]);
}

nlohmann::json Measure(const Programs& programs, const std::string& folder, const ManyTenants& many) {
  Side one(programs, folder + "/one", ManyTenants());
  Side all(programs, folder + "/many", many);
  BareSessionKeys bare_one(programs.self, one.folder(), 1);
  std::fprintf(stderr, "making %d session objects\n", many.keys);
  BareSessionKeys bare_all(programs.self, all.folder(), many.keys);
  one.SignOnceWithEach();
  all.SignOnceWithEach();
  std::map<std::string, std::vector<absl::Duration>> costs;
  for (int round = 0; round < kRounds; ++round) {
    costs["cryptoki_one"].push_back(bare_one.Cost(kCallsPerRound));
    costs["cryptoki_many"].push_back(bare_all.Cost(kCallsPerRound));
    costs["sign_token_one"].push_back(one.Cost());
    costs["sign_token_many"].push_back(all.Cost());
    std::fprintf(stderr, "round %d of %d:", round + 1, kRounds);
    for (const auto& [name, each] : costs) std::fprintf(stderr, " %s %.1f", name.c_str(), absl::ToDoubleMicroseconds(each.back()));
    std::fprintf(stderr, "\n");
  }
  nlohmann::json figures = {{"tenants", many.tenants}, {"keys", many.keys}, {"many", all.facts()}};
  for (const auto& [name, each] : costs) figures["cpu_us"][name] = MedianMicroseconds(each);
  return figures;
}

int Main(int argc, char** argv) {
  // As signetd: what huge pages save is not to be taken for what the HSM costs.
  server::UseHugePages();
  if (argc == 6 && std::string(argv[1]) == "--bare") return RunBareSessionKeys(argv[2], std::atoi(argv[3]), argv[4], argv[5]);
  if (argc != 6) Die("usage: many_tenants_cost SIGNETD FILL_WRAPPED_STORE FOLDER TENANTS KEYS");
  signal(SIGPIPE, SIG_IGN);
  const Programs programs = {std::filesystem::canonical("/proc/self/exe"), std::filesystem::absolute(argv[1]),
                             std::filesystem::absolute(argv[2])};
  const nlohmann::json figures = Measure(programs, std::filesystem::absolute(argv[3]), {std::atoi(argv[4]), std::atoi(argv[5])});
  std::printf("%s\n", figures.dump(1).c_str());
  return 0;
}

}  // namespace
}  // namespace signet::bench

int main(int argc, char** argv) { return signet::bench::Main(argc, argv); }
