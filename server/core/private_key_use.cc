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

// Unwrapping proves the pair, too.
absl::Status ProveWrapped(const Services& services, const keystore::KeyRecord& key) {
  SIGNET_ASSIGN_OR_RETURN(const hsm::Algorithm algorithm, StoredAlgorithm(key.algorithm));
  const std::string digest = services.random.Bytes(std::max(kProofSize, hsm::DigestSize(hsm::GetAlgorithmInfo(algorithm).hash)));
  const hsm::KeySpec spec = HsmKeySpec(services.instance_id, key);
  absl::Status signature = SignAsStored(services, spec, digest).status();
  // It may have been wrapped anew since it was read, and what had wrapped it be gone.
  if (absl::IsNotFound(signature)) signature = SignAsStored(services, spec, digest).status();
  return signature;
}

absl::Status Prove(const Services& services, const keystore::KeyRecord& key) {
  if (key.protection == keystore::Protection::kWrapped) return ProveWrapped(services, key);
  SIGNET_ASSIGN_OR_RETURN(const hsm::PublicKey proven, services.hsm.ProveKey(HsmKeySpec(services.instance_id, key)));
  return proven.spki_der() == key.public_key_der ? absl::OkStatus() : absl::NotFoundError("it is another key's");
}

}  // namespace

absl::StatusOr<std::string> SignWithKey(const Services& services, const keystore::KeyRecord& key, absl::string_view digest) {
  return KeySigner(services.hsm, services.store).Sign(HsmKeySpec(services.instance_id, key), digest);
}

absl::Status CheckPrivateKeyIsThere(const Services& services, const keystore::KeyRecord& key) {
  const absl::Status proof = Prove(services, key);
  if (absl::IsDataLoss(proof)) {
    return Error(absl::StatusCode::kDataLoss, reason::kStoreCorrupt,
                 absl::StrCat("the private key of ", FormatKeyName({{key.tenant, key.ring}, key.kid}),
                              " cannot be had from the store: ", proof.message(), "; restore the store, or revoke the key"));
  }
  if (!absl::IsNotFound(proof)) return absl::OkStatus();
  return Error(absl::StatusCode::kUnavailable, reason::kHsmUnavailable,
               absl::StrCat("the hsm does not hold the private key of ", FormatKeyName({{key.tenant, key.ring}, key.kid}),
                            ", or cannot sign with it; restore the token, or revoke the key"));
}

}  // namespace signet::core
