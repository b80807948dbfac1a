// Has a signetd do everything that it does all day, for a long time, and watches its memory: tokens, digests and batches, calls
// that are refused, rotations, new connections and new access tokens. Prints a line of JSON a minute: what it has allocated and
// not freed, and the memory that no file backs, which has the allocator's caches, too, in KiB.
//
// Usage: soak SIGNETD MINUTES CALLS_PER_SECOND      (tools/soak runs it)
#include <grpcpp/grpcpp.h>
#include <signal.h>
#include <stdlib.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/secret.h"
#include "nlohmann/json.hpp"
#include "signet/v1/key_service.grpc.pb.h"
#include "tests/bench/dev_signet.h"
#include "tests/bench/load.h"

namespace signet::bench {
namespace {

// Of the calls of a minute.
constexpr absl::Duration kPart = absl::Seconds(15);
// SQLite keeps up to 2 MiB of pages for each connection. So many changes fill these at once, as weeks of rotations would.
constexpr int kFirstChanges = 4000;
// 100 a second are allowed.
constexpr absl::Duration kBetweenChanges = absl::Milliseconds(12);
constexpr char kTenant[] = "tenants/dev";
constexpr char kRingId[] = "soak";
constexpr char kRing[] = "tenants/dev/keyRings/soak";
// As clients do, shortly before the token expires. signetd remembers each until then.
constexpr int kMinutesOfAToken = 50;
// It has none.
constexpr int kUnwrappedKeys = 16;

using AsyncStub = v1::KeyService::StubInterface::async_interface;

template <typename Request, typename Response>
void Run(v1::KeyService::Stub& stub,
         void (AsyncStub::*method)(grpc::ClientContext*, const Request*, Response*, std::function<void(grpc::Status)>),
         const Request& request, double per_second, bool is_refused = false) {
  const PacedRun run =
      RunPaced(UnaryCall<Request, Response>(static_cast<AsyncStub&>(*stub.async()), method, request), per_second, kPart);
  const int expected = is_refused ? static_cast<int>(run.latencies.size()) : 0;
  if (run.failed != expected) Die(absl::StrCat(run.failed, " of ", run.latencies.size(), " calls failed, not ", expected));
}

// Makes a ring whose keys live for minutes, from their generation to their destruction, so that as many go as come.
void CreateRing(v1::KeyService::Stub& stub) {
  v1::CreateKeyRingRequest request;
  request.set_parent(kTenant);
  request.set_key_ring_id(kRingId);
  v1::KeyPolicy& policy = *request.mutable_key_ring()->mutable_policy();
  policy.set_max_keys(10);
  policy.mutable_activation_delay()->set_seconds(0);
  policy.mutable_max_token_ttl()->set_seconds(60);
  policy.mutable_jwks_max_age()->set_seconds(1);
  policy.mutable_min_retention()->set_seconds(0);
  policy.mutable_retirement_delay()->set_seconds(0);
  policy.mutable_idempotency_window()->set_seconds(0);
  policy.set_automatic(false);
  policy.set_revoked_history(0);
  v1::KeyRing ring;
  grpc::ClientContext context;
  if (const grpc::Status status = stub.CreateKeyRing(&context, request, &ring); !status.ok()) Die(status.error_message());
}

// Has the store written to and read from until it keeps as much of it in memory as it ever will.
void FillCaches(v1::KeyService::Stub& stub) {
  v1::KeyRing ring;
  ring.set_name(kRing);
  for (int change = 0; change < kFirstChanges; ++change) {
    v1::UpdateKeyRingRequest request;
    *request.mutable_key_ring() = ring;
    request.mutable_key_ring()->mutable_policy()->set_revoked_history(change % 2 == 0 ? 1 : 0);
    request.mutable_update_mask()->add_paths("policy.revoked_history");
    grpc::ClientContext context;
    if (const grpc::Status status = stub.UpdateKeyRing(&context, request, &ring); !status.ok()) Die(status.error_message());
    ring.clear_etag();
    absl::SleepFor(kBetweenChanges);
  }
}

// Each rotation has a request_id of its own, and is forced, since verifiers are not waited for.
void Rotate(v1::KeyService::Stub& stub, int minute) {
  v1::RotateKeysRequest request;
  request.set_name(kRing);
  request.set_force(true);
  request.set_request_id(absl::StrCat("minute ", minute));
  v1::RotateKeysResponse response;
  grpc::ClientContext context;
  if (const grpc::Status status = stub.RotateKeys(&context, request, &response); !status.ok()) Die(status.error_message());
}

// A minute of `per_second` calls on a new connection.
void RunMinute(const DevSignet& signet, const Secret& token, int minute, double per_second) {
  const auto stub = signet.Connect(token);
  Rotate(*stub, minute);
  Run<v1::SignTokenRequest, v1::SignTokenResponse>(*stub, &AsyncStub::SignToken, TenClaims(kRing), per_second);
  v1::SignRequest digest;
  digest.set_key_ring(kRing);
  digest.set_digest(std::string(32, 'd'));
  Run<v1::SignRequest, v1::SignResponse>(*stub, &AsyncStub::Sign, digest, per_second);
  v1::SignTokenRequest refused = TenClaims(kRing);
  refused.set_claims_json("{\"iss\":\"me\"}");
  Run<v1::SignTokenRequest, v1::SignTokenResponse>(*stub, &AsyncStub::SignToken, refused, per_second, /*is_refused=*/true);
  v1::BatchSignRequest batch;
  batch.set_key_ring(kRing);
  for (int i = 0; i < 16; ++i) batch.add_items()->set_data(std::string(100, 'b'));
  Run<v1::BatchSignRequest, v1::BatchSignResponse>(*stub, &AsyncStub::BatchSign, batch, per_second / 16);
}

long AnonymousKib(const ChildProcess& process) {
  for (const absl::string_view line : absl::StrSplit(ReadFile(absl::StrCat("/proc/", process.pid(), "/status")), '\n')) {
    if (absl::StartsWith(line, "RssAnon:")) return std::strtol(std::string(line.substr(8)).c_str(), nullptr, 10);
  }
  Die("signetd has ended");
}

int Main(int argc, char** argv) {
  if (argc != 4) Die("usage: soak SIGNETD MINUTES CALLS_PER_SECOND");
  signal(SIGPIPE, SIG_IGN);
  std::string folder = "/dev/shm/signet-soak-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) Die("cannot make a folder on /dev/shm");
  {
    const std::string signetd = std::filesystem::absolute(argv[1]);
    {
      const DevSignet maker(signetd, folder);
      const auto stub = maker.Connect(maker.AccessToken());
      CreateRing(*stub);
      CreateEnabledKey(*stub, kRing);
    }
    const DevSignet signet(signetd, folder, kUnwrappedKeys, absl::Seconds(30));
    Secret token = signet.AccessToken();
    FillCaches(*signet.Connect(token));
    for (int minute = 1; minute <= std::atoi(argv[2]); ++minute) {
      if (minute % kMinutesOfAToken == 0) token = signet.AccessToken();
      RunMinute(signet, token, minute, std::atof(argv[3]));
      const nlohmann::json line = {{"minute", minute},
                                   {"allocated_kib", static_cast<long>(signet.Metric("process_heap_bytes")) / 1024},
                                   {"anonymous_kib", AnonymousKib(signet.process())}};
      std::printf("%s\n", line.dump().c_str());
      std::fflush(stdout);
    }
  }
  std::filesystem::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace signet::bench

int main(int argc, char** argv) { return signet::bench::Main(argc, argv); }
