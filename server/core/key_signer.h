#ifndef SIGNET_SERVER_CORE_KEY_SIGNER_H_
#define SIGNET_SERVER_CORE_KEY_SIGNER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hsm/hsm.h"
#include "keystore/key_store.h"
#include "server/core/stored_wrapped_keys.h"

namespace signet::core {

// KeySigner signs with any key of a store: with those on the token, and with those that the store holds wrapped. Each kind has a
// session of its own, which is opened when it is first used. Thread-compatible, as any signer.
class KeySigner final : public hsm::Signer {
 public:
  // Borrows both.
  KeySigner(hsm::Hsm& hsm, keystore::KeyStore& store);

  // As hsm::Signer::Sign; with a wrapped key also as KeyWrapper::CreateSigner and KeyStore say. It may wait for the store then.
  absl::StatusOr<std::string> Sign(const hsm::KeySpec& key, absl::string_view digest) override;

 private:
  const StoredWrappedKeys wrapped_keys_;
  const std::unique_ptr<hsm::Signer> token_signer_;
  const std::unique_ptr<hsm::Signer> wrapped_signer_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_KEY_SIGNER_H_
