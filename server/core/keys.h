#ifndef SIGNET_SERVER_CORE_KEYS_H_
#define SIGNET_SERVER_CORE_KEYS_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "hsm/public_key.h"
#include "keystore/key_store.h"
#include "keystore/lifecycle.h"
#include "keystore/rotation_plan.h"
#include "server/core/change_request.h"
#include "server/core/key_rotation.h"
#include "server/core/key_view.h"
#include "server/core/names.h"
#include "server/core/services.h"

namespace signet::core {

struct PublicKeyView {
  KeyName name;
  hsm::PublicKey key;
  // With kid, use and alg.
  std::string jwk_json;
};

struct RotationPreview {
  RingName ring;
  absl::Time start;
  std::vector<keystore::TimelineStep> steps;
};

// Keys makes and retires signing keys. Thread-safe; every method blocks on store or HSM. The errors are those that
// signet.v1.KeyService documents for each RPC, and those of KeyStore and Hsm. Create and the verbs refuse the system tenant.
class Keys {
 public:
  explicit Keys(Services services) : services_(std::move(services)) {}

  // Intent, HSM, commit: see key_creation.h. `kid` is empty for the thumbprint.
  absl::StatusOr<KeyView> Create(const RingName& ring, const keystore::Kid& kid, const ChangeRequest& request);
  // Tombstones included.
  absl::StatusOr<KeyView> Get(const KeyName& name);
  // In the order of creation.
  absl::StatusOr<ListResult<KeyView>> List(const RingName& ring, keystore::KeyStore::Tombstones tombstones,
                                           const ListRequest& request);
  // The verbs: see key_verbs.h.
  absl::StatusOr<KeyView> Enable(const KeyName& name, keystore::Force force, const ChangeRequest& request);
  absl::StatusOr<KeyView> Disable(const KeyName& name, keystore::Force force, const ChangeRequest& request);
  absl::StatusOr<KeyView> Revoke(const KeyName& name, keystore::Force force, const ChangeRequest& request);
  absl::StatusOr<KeyView> Delete(const KeyName& name, keystore::Force force, const ChangeRequest& request);
  // See key_rotation.h.
  absl::StatusOr<RotationResult> Rotate(const RingName& ring, const RotateCommand& command, const ChangeRequest& request);
  // `start` nullopt: when the next automatic rotation is planned, but not before now.
  absl::StatusOr<RotationPreview> PreviewRotation(const RingName& ring, std::optional<absl::Time> start,
                                                  const RotateCommand& command);
  // Of a REVOKED key too.
  absl::StatusOr<PublicKeyView> GetPublicKey(const KeyName& name);

 private:
  Services services_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_KEYS_H_
