#ifndef SIGNET_TESTS_BENCH_DEV_SIGNET_H_
#define SIGNET_TESTS_BENCH_DEV_SIGNET_H_

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "base/secret.h"
#include "nlohmann/json.hpp"
#include "signet/v1/key_service.grpc.pb.h"
#include "tests/bench/child_process.h"

namespace signet::bench {

// Ends the program with an error: a measurement that cannot be made is none.
[[noreturn]] void Die(const std::string& message);

std::string ReadFile(const std::string& path);
// The first line of a file.
std::string ReadLine(const std::string& path);
// Waits for a file that another process renames into place.
std::string AwaitFile(const std::string& path);

inline constexpr char kDevTokenLabel[] = "signet-dev";
inline constexpr char kDevRing[] = "tenants/dev/keyRings/access-token";

// DevSignet is a `signetd --dev` on a folder of its own, until it dies.
class DevSignet {
 public:
  DevSignet(const std::string& signetd, const std::string& folder);
  // Serves what another one has left in `folder`, at the same addresses, with what dev mode has no settings for: probes, and room
  // for so many unwrapped keys. Returns once it serves, which may take as long as `patience`.
  DevSignet(const std::string& signetd, const std::string& folder, int unwrapped_keys, absl::Duration patience);

  const ChildProcess& process() const { return process_; }
  // What dev.json says.
  const nlohmann::json& announcement() const { return announcement_; }
  // A new access token of the administrator.
  Secret AccessToken() const;
  // Connects anew. Every call carries the token, those to another server at `address` too.
  std::unique_ptr<v1::KeyService::Stub> Connect(const Secret& token, const std::string& address = "") const;
  // The value of a metric that has no labels, where there are probes.
  double Metric(const std::string& name) const;

 private:
  const ChildProcess process_;
  const nlohmann::json announcement_;
  // Empty without probes.
  std::string probe_address_;
};

// Has `ring` sign with a new key.
void CreateEnabledKey(v1::KeyService::Stub& stub, const std::string& ring);

// A request for a token with ten claims.
v1::SignTokenRequest TenClaims(const std::string& ring);

}  // namespace signet::bench

#endif  // SIGNET_TESTS_BENCH_DEV_SIGNET_H_
