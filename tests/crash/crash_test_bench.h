#ifndef SIGNET_TESTS_CRASH_CRASH_TEST_BENCH_H_
#define SIGNET_TESTS_CRASH_CRASH_TEST_BENCH_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clients/cpp/client.h"
#include "tests/e2e/dev_server.h"

namespace signet::testing {

// Where the binaries of the crash tests are.
struct CrashTestPrograms {
  std::string crash_signetd;
  std::string token_census;
};

// CrashTestBench has a server that can be crashed, and looks at what a crash left, from both sides: the rows by the API, the token
// by a process of its own.
class CrashTestBench {
 public:
  explicit CrashTestBench(const CrashTestPrograms& programs) : programs_(programs), server_(programs.crash_signetd, folder_) {}

  DevServer& server() { return server_; }

  // Everything that the server knows of the keys of a tenant, tombstones included: by name.
  std::map<std::string, v1::SigningKey> Rows(const std::string& tenant = "tenants/dev");

  // What the token holds.
  struct Census {
    int whole_pairs = -1;
    int halves = -1;
    friend bool operator==(const Census&, const Census&) = default;
  };
  Census CountToken() const;
  // The same without the live keys of the tenant `system`.
  Census CountKeysOfTenants();

  // Checks, with a server that has just been restarted after a crash, that each row that needs a key has it, that the token holds
  // nothing else, and that one more restart changes neither; the server then runs.
  void ExpectStoreAndTokenAgree();

  // Has the lease of the scheduler end now, while no server runs: as if the next one started so much later.
  void EndLease() const;

  // Checks that a key signs once enabled, and that its tokens verify.
  void ExpectSigns(client::Client& client, const std::string& key_name);

 private:
  const CrashTestPrograms programs_;
  TestFolder folder_;
  DevServer server_;
};

// The name of the ring that a key belongs to.
std::string RingOf(const std::string& key_name);

absl::StatusOr<v1::SigningKey> CreateKey(client::Client& client, const std::string& ring, const std::string& request_id);
absl::StatusOr<v1::SigningKey> EnableKey(client::Client& client, const std::string& key_name);
absl::StatusOr<v1::SignTokenResponse> SignToken(client::Client& client, const std::string& ring);

}  // namespace signet::testing

#endif  // SIGNET_TESTS_CRASH_CRASH_TEST_BENCH_H_
