#include "server/core/private_key_use.h"

#include <algorithm>
#include <cstddef>
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/algorithm.h"
#include "hsm/hsm.h"
#include "server/core/key_signer.h"
#include "server/core/names.h"
#include "server/core/resource_lookup.h"
#include "server/core/tenant_snapshot.h"

namespace signet::core {
namespace {

// What Ed25519, which signs messages, is given for a digest.
constexpr size_t kProofSize = 32;

}  // namespace

absl::StatusOr<std::string> SignWithKey(const Services& services, const keystore::KeyRecord& key, absl::string_view digest) {
  return KeySigner(services.hsm, services.store).Sign(HsmKeySpec(services.instance_id, key), digest);
}

absl::Status CheckPrivateKeyIsThere(const Services& services, const keystore::KeyRecord& key) {
  SIGNET_ASSIGN_OR_RETURN(const hsm::Algorithm algorithm, StoredAlgorithm(key.algorithm));
  const size_t size = std::max(kProofSize, hsm::DigestSize(hsm::GetAlgorithmInfo(algorithm).hash));
  const absl::StatusOr<std::string> proof = SignWithKey(services, key, services.random.Bytes(size));
  // What is stored of a wrapped key is not its wrapped form.
  if (absl::IsDataLoss(proof.status())) return proof.status();
  if (!absl::IsNotFound(proof.status())) return absl::OkStatus();
  return Error(absl::StatusCode::kUnavailable, reason::kHsmUnavailable,
               absl::StrCat("the hsm does not hold the private key of ", FormatKeyName({{key.tenant, key.ring}, key.kid}),
                            "; restore the token, or revoke the key"));
}

}  // namespace signet::core
