#include "server/core/key_signer.h"

#include "absl/status/status.h"
#include "hsm/key_spec.h"
#include "hsm/key_wrapper.h"

namespace signet::core {

KeySigner::KeySigner(hsm::Hsm& hsm, keystore::KeyStore& store)
    : wrapped_keys_(store), token_signer_(hsm.CreateSigner()), wrapped_signer_(hsm.key_wrapper().CreateSigner(wrapped_keys_)) {}

absl::StatusOr<std::string> KeySigner::Sign(const hsm::KeySpec& key, absl::string_view digest) {
  if (key.protection == hsm::Protection::kToken) return token_signer_->Sign(key, digest);
  absl::StatusOr<std::string> signature = wrapped_signer_->Sign(key, digest);
  // It may have been wrapped anew since it was read, and what had wrapped it be gone.
  if (absl::IsNotFound(signature.status())) signature = wrapped_signer_->Sign(key, digest);
  return signature;
}

}  // namespace signet::core
