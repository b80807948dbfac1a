#ifndef SIGNET_HSM_SIGNATURE_ALGORITHM_H_
#define SIGNET_HSM_SIGNATURE_ALGORITHM_H_

#include <string>

#include "hsm/algorithm.h"

namespace signet::hsm {

// Returns the DER AlgorithmIdentifier with which X.509 names the signatures of `algorithm`: ecdsa-with-SHA2 without parameters
// (RFC 5758 section 3.2), sha2WithRSAEncryption with NULL (RFC 4055 section 5), id-RSASSA-PSS with the hash, MGF1 with the same
// hash and a salt as long as the hash (RFC 4055 section 3.1), id-Ed25519 without parameters (RFC 8410 section 3).
std::string SignatureAlgorithmDer(Algorithm algorithm);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_SIGNATURE_ALGORITHM_H_
