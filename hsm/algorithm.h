#ifndef SIGNET_HSM_ALGORITHM_H_
#define SIGNET_HSM_ALGORITHM_H_

#include <cstddef>
#include <optional>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace signet::hsm {

// Algorithm is a row of the closed table of what Signet signs with. The values are those of signet.v1.Algorithm; they are stored
// by name, never by number.
enum class Algorithm {
  kEs256 = 1,
  kEs384,
  kEs512,
  kRs256With2048,
  kRs256With3072,
  kRs256With4096,
  kRs384With2048,
  kRs384With3072,
  kRs384With4096,
  kRs512With2048,
  kRs512With3072,
  kRs512With4096,
  kPs256With2048,
  kPs256With3072,
  kPs256With4096,
  kPs384With2048,
  kPs384With3072,
  kPs384With4096,
  kPs512With2048,
  kPs512With3072,
  kPs512With4096,
  kEd25519,
};

enum class KeyType { kEc, kRsa, kEd25519 };
enum class Padding { kNone, kPkcs1, kPss };
enum class Hash { kNone, kSha256, kSha384, kSha512 };

// AlgorithmInfo is what the table says of one algorithm.
struct AlgorithmInfo {
  Algorithm algorithm;
  // The name everywhere but in JOSE, such as "RS256_2048": that of the value of signet.v1.Algorithm.
  absl::string_view name;
  // The JOSE `alg`, such as "RS256" (RFC 7518 section 3.1, RFC 9864 section 2.2).
  absl::string_view jose_name;
  KeyType key_type;
  Padding padding;
  // kNone for Ed25519, which hashes for itself.
  Hash hash;
  // The modulus of RSA or the field of the curve, in bits.
  int bits;
  // The raw signature, in bytes: R and S for ECDSA, the modulus for RSA.
  size_t signature_size;
  // JWK `crv` (RFC 7518 section 6.2.1.1, RFC 8037 section 2); empty for RSA.
  absl::string_view curve;
};

// Returns the row of `algorithm`.
const AlgorithmInfo& GetAlgorithmInfo(Algorithm algorithm);

// Returns the whole table, in the order of the values.
absl::Span<const AlgorithmInfo> AllAlgorithms();

// Finds an algorithm by its name ("RS256_2048", "ED25519"), regardless of case; nullopt if there is none.
std::optional<Algorithm> FindAlgorithm(absl::string_view name);

// Returns the length of a digest in bytes; 0 for kNone.
size_t DigestSize(Hash hash);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_ALGORITHM_H_
