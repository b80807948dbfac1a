#ifndef SIGNET_TESTS_BENCH_BARE_CRYPTOKI_H_
#define SIGNET_TESTS_BENCH_BARE_CRYPTOKI_H_

#include <string>

#include "absl/time/time.h"

namespace signet::bench {

// Returns the CPU time per ES256 signature of C_SignInit and C_Sign alone: `count` of them, in this process, on the first P-256
// private key of the first initialised token. The module is loaded and finalised within. Ends the process on any error.
absl::Duration BareCryptokiCost(const std::string& module_path, const std::string& pin, int count);

}  // namespace signet::bench

#endif  // SIGNET_TESTS_BENCH_BARE_CRYPTOKI_H_
