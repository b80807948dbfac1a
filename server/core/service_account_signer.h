#ifndef SIGNET_SERVER_CORE_SERVICE_ACCOUNT_SIGNER_H_
#define SIGNET_SERVER_CORE_SERVICE_ACCOUNT_SIGNER_H_

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "hsm/hsm.h"
#include "keystore/key_store.h"
#include "server/core/key_directory.h"
#include "server/core/names.h"
#include "server/core/tenant_snapshot.h"
#include "server/core/tokens.h"

namespace signet::core {

// The two parts of a token that kube-apiserver lacks, in base64url.
struct ServiceAccountJwt {
  std::string header;
  std::string signature;
};

// The keys that verify service-account tokens.
struct VerificationKeys {
  struct Key {
    std::string kid;
    std::string spki_der;
  };
  // The one that signs first, then by age, the youngest first.
  std::vector<Key> keys;
  // When the store last confirmed them.
  absl::Time data_time;
  // After how long they are to be read again, in whole seconds of at least 1.
  absl::Duration refresh_hint;
};

// ServiceAccountSigner signs the service-account tokens of a Kubernetes cluster with the keys of one ring: what
// v1.ExternalJWTSigner means. Thread-safe; the signer is the calling worker's own.
//
// A key is in Keys for as long before it signs as the refresh hint can be, and for as long after as a token of it lives: so who
// reads the keys again by the hint meets no `kid` that it does not know, unless somebody forces a rotation.
class ServiceAccountSigner {
 public:
  // What Kubernetes asks for as the least of max_expiration.
  static constexpr absl::Duration kLeastExpiration = absl::Minutes(10);

  struct Options {
    RingName ring;
    // The longest life of a token, in whole seconds; at most the ring's max_token_ttl, which stands for it if it is absent.
    std::optional<absl::Duration> max_expiration;
  };
  // All are borrowed.
  ServiceAccountSigner(Options options, const KeyDirectory& directory, const Tokens& tokens, const Clock& clock)
      : options_(std::move(options)), directory_(directory), tokens_(tokens), clock_(clock) {}

  // Tells whether the ring, as the store has it now, makes keys that kube-apiserver can use, and tokens that live long enough.
  //   kFailedPrecondition  ALGORITHM_UNSUITABLE, INVALID_FIELD (its max_token_ttl)
  //   kNotFound            TENANT_NOT_FOUND, KEY_RING_NOT_FOUND
  //   as KeyStore::GetRing
  absl::Status CheckRing(keystore::KeyStore& store) const;

  // Signs `claims`, the payload of a token in base64url, exactly as it is. Blocks on the HSM.
  //   kInvalidArgument     CLAIMS_INVALID: not canonical base64url of a JSON object, or without an `exp` that is a number: for how
  //                        long the key must be published could not be told then
  //                        CLAIMS_TOO_LARGE
  //                        TTL_TOO_LONG: `exp` is further ahead than MaxExpiration and a minute for the clocks
  //   kFailedPrecondition  ALGORITHM_UNSUITABLE: the ring's key is of another algorithm by now
  //   as Tokens::SignPayload
  // No message quotes the claims.
  absl::StatusOr<ServiceAccountJwt> Sign(absl::string_view claims, hsm::Signer& signer) const;

  // Returns the keys that verify: the one that signs, the next one, and those whose tokens may still live. From memory.
  //   kNotFound            TENANT_NOT_FOUND, KEY_RING_NOT_FOUND
  //   kFailedPrecondition  NO_ENABLED_KEY: there are none
  absl::StatusOr<VerificationKeys> Keys() const;

  // Returns the longest life of a token. From memory.
  //   kNotFound            TENANT_NOT_FOUND, KEY_RING_NOT_FOUND
  //   kFailedPrecondition  INVALID_FIELD: the ring's max_token_ttl is shorter than kLeastExpiration
  absl::StatusOr<absl::Duration> MaxExpiration() const;

 private:
  absl::Duration MaxExpirationOf(const TenantSnapshot::Ring& ring) const;

  const Options options_;
  const KeyDirectory& directory_;
  const Tokens& tokens_;
  const Clock& clock_;
  // The last data_time, for while the directory cannot say: in microseconds.
  mutable std::atomic<int64_t> last_data_time_ = 0;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_SERVICE_ACCOUNT_SIGNER_H_
