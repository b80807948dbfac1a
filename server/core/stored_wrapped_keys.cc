#include "server/core/stored_wrapped_keys.h"

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "base/error.h"
#include "base/error_reason.h"

namespace signet::core {

absl::StatusOr<hsm::WrappedKey> StoredWrappedKeys::FindWrappedKey(absl::string_view id) const {
  SIGNET_ASSIGN_OR_RETURN(const std::optional<keystore::WrappedKeyRecord> record,
                          store_.GetWrappedKey(keystore::KeyUid(absl::BytesToHexString(id))));
  if (record.has_value()) return ToWrappedKey(*record);
  return Error(absl::StatusCode::kNotFound, reason::kKeyNotFound, "the store holds no wrapped private key of this key");
}

hsm::WrappedKey ToWrappedKey(const keystore::WrappedKeyRecord& record) {
  return {.wrapping_key_id = absl::HexStringToBytes(record.wrapping_key.value()),
          .public_key_der = record.public_key_der,
          .blob = record.blob,
          .mac = record.mac};
}

keystore::WrappedKeyRecord ToRecord(const keystore::KeyUid& uid, const hsm::WrappedKey& key) {
  return {.key = uid,
          .wrapping_key = keystore::WrappingKeyUid(absl::BytesToHexString(key.wrapping_key_id)),
          .public_key_der = key.public_key_der,
          .blob = key.blob,
          .mac = key.mac};
}

}  // namespace signet::core
