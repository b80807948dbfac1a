#ifndef SIGNET_SERVER_CORE_STORED_WRAPPED_KEYS_H_
#define SIGNET_SERVER_CORE_STORED_WRAPPED_KEYS_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hsm/wrapped_key.h"
#include "keystore/key_store.h"
#include "keystore/records.h"

namespace signet::core {

// StoredWrappedKeys finds wrapped keys in the store. Thread-safe.
class StoredWrappedKeys final : public hsm::WrappedKeySource {
 public:
  // Borrows `store`.
  explicit StoredWrappedKeys(keystore::KeyStore& store) : store_(store) {}

  absl::StatusOr<hsm::WrappedKey> FindWrappedKey(absl::string_view id) const override;

 private:
  keystore::KeyStore& store_;
};

// How store and HSM know the same wrapped key.
hsm::WrappedKey ToWrappedKey(const keystore::WrappedKeyRecord& record);
keystore::WrappedKeyRecord ToRecord(const keystore::KeyUid& uid, const hsm::WrappedKey& key);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_STORED_WRAPPED_KEYS_H_
