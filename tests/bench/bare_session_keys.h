#ifndef SIGNET_TESTS_BENCH_BARE_SESSION_KEYS_H_
#define SIGNET_TESTS_BENCH_BARE_SESSION_KEYS_H_

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "base/unique_fd.h"
#include "tests/bench/child_process.h"

namespace signet::bench {

// BareSessionKeys is a process that holds P-256 private keys as session objects of a token, as Signet holds those that it has
// unwrapped, and signs with them by Cryptoki alone. Any error ends this process.
class BareSessionKeys {
 public:
  // Has the token of a `signetd --dev` on `folder` make `keys` keys. `self` is a program that runs RunBareSessionKeys with the
  // arguments "--bare" and those of it. Returns when they are made.
  BareSessionKeys(const std::string& self, const std::string& folder, int keys);

  // The CPU time per C_SignInit and C_Sign of `count` signatures, each with a key drawn at random.
  absl::Duration Cost(int count);

 private:
  // Waits for the process to say that it is through.
  void Await();

  UniqueFd ask_;
  UniqueFd answer_;
  std::unique_ptr<ChildProcess> process_;
};

// What that process does: makes the keys, and signs as often as the pipe `ask` asks for, until it is killed.
int RunBareSessionKeys(const std::string& folder, int keys, const std::string& ask, const std::string& answer);

}  // namespace signet::bench

#endif  // SIGNET_TESTS_BENCH_BARE_SESSION_KEYS_H_
