#include "server/core/private_key_use.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/algorithm.h"
#include "hsm/hsm.h"
#include "hsm/key_wrapper.h"
#include "hsm/wrapped_key.h"
#include "server/core/key_signer.h"
#include "server/core/names.h"
#include "server/core/resource_lookup.h"
#include "server/core/stored_wrapped_keys.h"
#include "server/core/tenant_snapshot.h"

namespace signet::core {
namespace {

// What Ed25519, which signs messages, is given for a digest.
constexpr size_t kProofSize = 32;

// By what is stored of it now, whatever this process has unwrapped before: a restart has nothing else.
absl::StatusOr<std::string> SignAsStored(const Services& services, const hsm::KeySpec& key, absl::string_view digest) {
  SIGNET_ASSIGN_OR_RETURN(hsm::WrappedKey wrapped, StoredWrappedKeys(services.store).FindWrappedKey(key.id));
  return services.hsm.key_wrapper().CreateSignerOf(std::move(wrapped))->Sign(key, digest);
}

absl::StatusOr<std::string> Prove(const Services& services, const keystore::KeyRecord& key, absl::string_view digest) {
  if (key.protection == keystore::Protection::kToken) return SignWithKey(services, key, digest);
  const hsm::KeySpec spec = HsmKeySpec(services.instance_id, key);
  absl::StatusOr<std::string> signature = SignAsStored(services, spec, digest);
  // It may have been wrapped anew since it was read, and what had wrapped it be gone.
  if (absl::IsNotFound(signature.status())) signature = SignAsStored(services, spec, digest);
  return signature;
}

}  // namespace

absl::StatusOr<std::string> SignWithKey(const Services& services, const keystore::KeyRecord& key, absl::string_view digest) {
  return KeySigner(services.hsm, services.store).Sign(HsmKeySpec(services.instance_id, key), digest);
}

absl::Status CheckPrivateKeyIsThere(const Services& services, const keystore::KeyRecord& key) {
  SIGNET_ASSIGN_OR_RETURN(const hsm::Algorithm algorithm, StoredAlgorithm(key.algorithm));
  const size_t size = std::max(kProofSize, hsm::DigestSize(hsm::GetAlgorithmInfo(algorithm).hash));
  const absl::StatusOr<std::string> proof = Prove(services, key, services.random.Bytes(size));
  if (absl::IsDataLoss(proof.status())) {
    return Error(
        absl::StatusCode::kDataLoss, reason::kStoreCorrupt,
        absl::StrCat("the private key of ", FormatKeyName({{key.tenant, key.ring}, key.kid}),
                     " cannot be had from the store: ", proof.status().message(), "; restore the store, or revoke the key"));
  }
  if (!absl::IsNotFound(proof.status())) return absl::OkStatus();
  return Error(absl::StatusCode::kUnavailable, reason::kHsmUnavailable,
               absl::StrCat("the hsm does not hold the private key of ", FormatKeyName({{key.tenant, key.ring}, key.kid}),
                            "; restore the token, or revoke the key"));
}

}  // namespace signet::core
