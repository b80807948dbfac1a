#ifndef SIGNET_HSM_CERTIFICATE_CHAIN_H_
#define SIGNET_HSM_CERTIFICATE_CHAIN_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "hsm/public_key.h"

namespace signet::hsm {

inline constexpr size_t kMaxChainLength = 8;
inline constexpr size_t kMaxPemChainSize = 64 * 1024;

// A chain is a list of DER certificates: the key's own first, each signed by the next.

// Parses 1 to 8 PEM blocks labelled CERTIFICATE, of at most 64 KiB in all, in their order. Around the blocks there may be white
// space and lines that begin with '#', and nothing else. What the certificates state is for CheckChain.
//   kInvalidArgument  INVALID_FIELD, `pem_chain`; the message counts blocks from 1, and repeats nothing of the input
absl::StatusOr<std::vector<std::string>> ParsePemChain(absl::string_view pem);

// Checks that a chain vouches for `key` at `now`: the first certificate is for exactly this key; each is signed by the next, which
// is a CA of the name that it gives as its issuer; all are within their validity. Whether to trust the last one is not checked.
//   kInvalidArgument  INVALID_FIELD, `pem_chain`; the message counts certificates from 1
absl::Status CheckChain(const std::vector<std::string>& chain_der, const PublicKey& key, absl::Time now);

// Writes a chain as PEM, and as a DER PKCS#7 SignedData that only carries certificates, in their order (RFC 2315 section 9.1).
std::string ChainToPem(const std::vector<std::string>& chain_der);
std::string ToPkcs7(const std::vector<std::string>& chain_der);

// Return the hash of a DER certificate in raw bytes: JOSE's x5t and x5t#S256 before base64url (RFC 7517 sections 4.8 and 4.9).
// WARNING: SHA-1 is no proof of anything; x5t is for verifiers that still look certificates up by it.
std::string Sha1Thumbprint(absl::string_view der);
std::string Sha256Thumbprint(absl::string_view der);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_CERTIFICATE_CHAIN_H_
