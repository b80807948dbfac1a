#ifndef SIGNET_HSM_TESTING_TOKEN_LIMITS_H_
#define SIGNET_HSM_TESTING_TOKEN_LIMITS_H_

#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "hsm/algorithm.h"

namespace signet::hsm {

// TokenLimits is what a kind of token is known not to do, and how it does the rest. The conformance suite holds the token to it in
// both directions: what stands here must be refused, what does not must work.
struct TokenLimits {
  // With the reason.
  std::map<Algorithm, std::string> unsupported;
  // What it cannot keep wrapped, of the rest.
  std::map<Algorithm, std::string> unwrappable = {};
  // A quick algorithm with SHA-256 that the token has.
  Algorithm basic = Algorithm::kEs256;
  // How many keys each of two threads may make and destroy.
  int changes = 25;
};

// Finds the limits of the token `name`: "softhsm", "nss", "opencryptoki", "tpm2". Any other has none.
TokenLimits LimitsOf(absl::string_view name);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_TESTING_TOKEN_LIMITS_H_
