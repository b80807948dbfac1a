// What SignToken, Sign, BatchSign and StreamSign cost the server, beside what they cannot avoid: the bare gRPC call and the bare
// Cryptoki signature. All are measured in one run, in turns, and each round is compared with itself, as the same program varies
// more between runs, and on some machines within one, than they differ. Prints as JSON the medians of the ratios and of the CPU
// microseconds per call, of BatchSign and StreamSign per signature; and the latencies of SignToken, and of the bare gRPC call, at
// half of the load of SignToken that the machine can bear.
//
// Usage: sign_cost SIGNETD      (tools/bench runs it)
#include <signal.h>
#include <stdlib.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/secret.h"
#include "nlohmann/json.hpp"
#include "signet/v1/key_service.grpc.pb.h"
#include "tests/bench/bare_cryptoki.h"
#include "tests/bench/child_process.h"
#include "tests/bench/dev_signet.h"
#include "tests/bench/echo_server.h"
#include "tests/bench/load.h"

namespace signet::bench {
namespace {

constexpr int kRounds = 5;
constexpr int kCallsPerRound = 20'000;
constexpr int kInFlight = 64;
// Items of a batch, and batches in flight.
constexpr int kBatchSize = 64;
constexpr int kBatchesInFlight = 4;

// The server's CPU time per call of `count` calls.
absl::Duration CallCost(const ChildProcess& server, const StartCall& start, int count = kCallsPerRound, int in_flight = kInFlight) {
  const absl::Duration before = server.CpuTime();
  if (const int failed = RunAtOnce(start, count, in_flight); failed > 0) Die(absl::StrCat(failed, " calls failed"));
  return (server.CpuTime() - before) / count;
}

// What each side of one round cost, in microseconds.
using Round = std::map<std::string, double>;

template <typename Value>
double Median(const std::vector<Round>& rounds, const Value& value) {
  std::vector<double> values;
  for (const Round& round : rounds) values.push_back(value(round));
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// The medians of the rounds, and of what each figure is of its base in its own round.
nlohmann::json Summary(const std::vector<Round>& rounds) {
  nlohmann::json summary;
  for (const auto& [name, cost] : rounds.front()) {
    summary["cpu_us"][name] = Median(rounds, [&](const Round& round) { return round.at(name); });
  }
  for (const std::string name : {"sign_token", "sign"}) {
    summary["ratio"][name] =
        Median(rounds, [&](const Round& round) { return round.at(name) / (round.at("echo_" + name) + round.at("cryptoki")); });
  }
  for (const std::string name : {"batch_sign", "stream_sign"}) {
    summary["ratio"][name] = Median(rounds, [&](const Round& round) { return round.at(name) / round.at("cryptoki"); });
  }
  return summary;
}

v1::SignRequest Digest(const std::string& ring) {
  v1::SignRequest request;
  request.set_key_ring(ring);
  request.set_digest(std::string(32, 'd'));
  return request;
}

v1::BatchSignRequest Batch(const std::string& ring) {
  v1::BatchSignRequest request;
  request.set_key_ring(ring);
  for (int i = 0; i < kBatchSize; ++i) request.add_items()->set_digest(std::string(32, 'd'));
  return request;
}

// Checks that each item of a batch gets its signature.
void CheckBatch(v1::KeyService::Stub& stub, const v1::BatchSignRequest& request) {
  v1::BatchSignResponse response;
  grpc::ClientContext context;
  if (const grpc::Status status = stub.BatchSign(&context, request, &response); !status.ok()) Die(status.error_message());
  for (const v1::BatchSignResponse::Result& result : response.results()) {
    if (!result.has_signature()) Die(result.error().message());
  }
}

// The server's CPU time per signature of a stream of `messages` messages, each with the items of `batch`.
absl::Duration StreamCost(const ChildProcess& server, v1::KeyService::Stub& stub, const v1::BatchSignRequest& batch, int messages) {
  v1::StreamSignRequest request;
  request.set_key_ring(batch.key_ring());
  for (const v1::SigningInput& input : batch.items()) *request.add_items()->mutable_input() = input;
  const absl::Duration before = server.CpuTime();
  grpc::ClientContext context;
  const auto stream = stub.StreamSign(&context);
  std::thread writer([&] {
    for (int i = 0; i < messages && stream->Write(request); ++i) {
    }
    stream->WritesDone();
  });
  int signatures = 0;
  v1::StreamSignResponse response;
  while (stream->Read(&response)) {
    for (const v1::StreamSignResponse::Result& result : response.results()) signatures += result.has_signature() ? 1 : 0;
  }
  writer.join();
  if (const grpc::Status status = stream->Finish(); !status.ok()) Die(status.error_message());
  if (signatures != messages * batch.items_size()) Die("the stream lacks signatures");
  return (server.CpuTime() - before) / signatures;
}

// Half of the calls a second that the server does at most.
double HalfRate(const StartCall& start) {
  const absl::Time begin = absl::Now();
  RunAtOnce(start, kCallsPerRound, kInFlight);
  return kCallsPerRound / absl::ToDoubleSeconds(absl::Now() - begin) / 2;
}

nlohmann::json Latencies(const StartCall& start, double rate) {
  const PacedRun run = RunPaced(start, rate, absl::Seconds(5));
  if (run.failed > 0) Die(absl::StrCat(run.failed, " paced calls failed"));
  const auto at = [&](double share) {
    return absl::ToDoubleMicroseconds(run.latencies[static_cast<size_t>(share * static_cast<double>(run.latencies.size() - 1))]);
  };
  return {{"calls_per_second", rate}, {"median_us", at(0.5)}, {"p99_us", at(0.99)}};
}

nlohmann::json Measure(const std::string& self, const std::string& signetd, const std::string& folder) {
  const DevSignet dev_signet(signetd, folder);
  const ChildProcess& server = dev_signet.process();
  const nlohmann::json& dev = dev_signet.announcement();
  const Secret token = dev_signet.AccessToken();
  const auto signet = dev_signet.Connect(token);
  const std::string ring = kDevRing;
  CreateEnabledKey(*signet, ring);
  const v1::SignTokenRequest token_request = TenClaims(ring);
  const v1::SignRequest digest_request = Digest(ring);
  const v1::BatchSignRequest batch_request = Batch(ring);
  CheckBatch(*signet, batch_request);
  v1::SignTokenResponse sample;
  grpc::ClientContext context;
  if (const grpc::Status status = signet->SignToken(&context, token_request, &sample); !status.ok()) Die(status.error_message());

  const ChildProcess echo_server({self, "--echo", folder + "/server.pem", folder + "/server.key",
                                  absl::StrCat(sample.token().size()), folder + "/echo.address"},
                                 folder + "/echo.log");
  const auto echo = dev_signet.Connect(token, AwaitFile(folder + "/echo.address"));
  setenv("SOFTHSM2_CONF", (folder + "/softhsm2.conf").c_str(), 1);
  std::string pin = ReadFile(dev["token_pin_file"]);
  pin.erase(pin.find_last_not_of("\r\n") + 1);

  using Stub = v1::KeyService::StubInterface::async_interface;
  const auto sign_token = [&](v1::KeyService::Stub& stub) {
    return UnaryCall<v1::SignTokenRequest, v1::SignTokenResponse>(static_cast<Stub&>(*stub.async()), &Stub::SignToken,
                                                                  token_request);
  };
  const auto sign = [&](v1::KeyService::Stub& stub) {
    return UnaryCall<v1::SignRequest, v1::SignResponse>(static_cast<Stub&>(*stub.async()), &Stub::Sign, digest_request);
  };
  const StartCall batch =
      UnaryCall<v1::BatchSignRequest, v1::BatchSignResponse>(static_cast<Stub&>(*signet->async()), &Stub::BatchSign, batch_request);
  std::vector<Round> rounds(kRounds);
  for (Round& round : rounds) {
    std::fprintf(stderr, "round %d of %d\n", static_cast<int>(&round - rounds.data()) + 1, kRounds);
    const auto note = [&](const std::string& name, absl::Duration cost) { round[name] = absl::ToDoubleMicroseconds(cost); };
    note("echo_sign_token", CallCost(echo_server, sign_token(*echo)));
    note("cryptoki", BareCryptokiCost(dev["token_module"], pin, kCallsPerRound));
    note("sign_token", CallCost(server, sign_token(*signet)));
    note("echo_sign", CallCost(echo_server, sign(*echo)));
    note("sign", CallCost(server, sign(*signet)));
    note("batch_sign", CallCost(server, batch, kCallsPerRound / kBatchSize, kBatchesInFlight) / kBatchSize);
    note("stream_sign", StreamCost(server, *signet, batch_request, kCallsPerRound / kBatchSize));
  }
  nlohmann::json figures = Summary(rounds);
  const double rate = HalfRate(sign_token(*signet));
  figures["half_load"] = Latencies(sign_token(*signet), rate);
  figures["half_load_echo"] = Latencies(sign_token(*echo), rate);
  return figures;
}

int Main(int argc, char** argv) {
  if (argc == 6 && std::string(argv[1]) == "--echo") return RunEchoServer(argv[2], argv[3], std::atoi(argv[4]), argv[5]);
  if (argc != 2) Die("usage: sign_cost SIGNETD");
  signal(SIGPIPE, SIG_IGN);
  std::string folder = "/dev/shm/signet-bench-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) Die("cannot make a folder on /dev/shm");
  const nlohmann::json figures = Measure(std::filesystem::canonical("/proc/self/exe"), std::filesystem::absolute(argv[1]), folder);
  std::filesystem::remove_all(folder);
  std::printf("%s\n", figures.dump(1).c_str());
  return 0;
}

}  // namespace
}  // namespace signet::bench

int main(int argc, char** argv) { return signet::bench::Main(argc, argv); }
