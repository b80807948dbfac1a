#ifndef SIGNET_TESTS_INTEGRATION_CACHING_VERIFIER_H_
#define SIGNET_TESTS_INTEGRATION_CACHING_VERIFIER_H_

#include <functional>
#include <map>
#include <string>

#include "absl/time/time.h"
#include "base/clock.h"
#include "hsm/public_key.h"
#include "signet/v1/key_service.pb.h"

namespace signet::testing {

// Reads the `kid` of a compact JWS; empty if there is none.
std::string KidOf(const std::string& token);

// CachingVerifier verifies ES256 tokens with nothing but the JWKS, as a verifier somewhere in the world does that caches it for
// exactly as long as it was told to: it fetches anew when `max_age` has passed, and never before, not even for a kid that it does
// not know. For one thread.
class CachingVerifier {
 public:
  using Fetch = std::function<v1::Jwks()>;
  // `clock` is borrowed.
  CachingVerifier(Fetch fetch, const Clock& clock) : fetch_(std::move(fetch)), clock_(clock) {}

  // Whether the token's kid is known and its signature matches. What the claims say, its expiry included, is not looked at.
  bool Accepts(const std::string& token);

  // Fetches the JWKS, whether it is time or not.
  void Refresh();
  // When the JWKS was asked for that is cached now; InfinitePast before the first.
  absl::Time fetch_time() const { return fetch_time_; }

 private:
  const Fetch fetch_;
  const Clock& clock_;
  absl::Time fetch_time_ = absl::InfinitePast();
  absl::Time stale_time_ = absl::InfinitePast();
  std::map<std::string, hsm::PublicKey> keys_;
};

}  // namespace signet::testing

#endif  // SIGNET_TESTS_INTEGRATION_CACHING_VERIFIER_H_
