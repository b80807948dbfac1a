#ifndef SIGNET_SERVER_CORE_WRAPPING_KEYS_H_
#define SIGNET_SERVER_CORE_WRAPPING_KEYS_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "keystore/ids.h"
#include "keystore/records.h"
#include "server/core/change_request.h"
#include "server/core/services.h"

namespace signet::core {

// WrappingKeyView is a wrapping key as callers see it.
struct WrappingKeyView {
  keystore::WrappingKeyRecord record;
  // How many keys it has wrapped that are not wrapped anew.
  int64_t wrapped_keys = 0;
};

// WrappingKeys shows and changes the keys by which those of WRAPPED rings are wrapped. Thread-safe; every method blocks on the
// store. The errors are those that signet.v1.KeyService documents for each RPC, and those of KeyStore and KeyWrapper.
class WrappingKeys {
 public:
  explicit WrappingKeys(Services services) : services_(std::move(services)) {}

  // All that ever were, the oldest first.
  absl::StatusOr<ListResult<WrappingKeyView>> List(const ListRequest& page);
  // Makes a new one CURRENT, and the one that is FORMER, in one commit. What that has wrapped is wrapped anew by the scheduler.
  absl::StatusOr<WrappingKeyView> Rotate(const ChangeRequest& request);
  // Destroys a FORMER one that wraps nothing any more. If the HSM fails, it is DESTROYED all the same, and a repetition, or the
  // next start, has the HSM destroy it.
  absl::StatusOr<WrappingKeyView> Destroy(const keystore::WrappingKeyUid& uid, const ChangeRequest& request);

 private:
  absl::StatusOr<WrappingKeyView> View(keystore::WrappingKeyRecord record);
  absl::StatusOr<WrappingKeyView> RotateOnce(const ChangeRequest& request);
  absl::StatusOr<keystore::WrappingKeyRecord> DestroyOnce(const keystore::WrappingKeyUid& uid, const ChangeRequest& request);

  const Services services_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_WRAPPING_KEYS_H_
