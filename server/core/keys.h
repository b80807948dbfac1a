#ifndef SIGNET_SERVER_CORE_KEYS_H_
#define SIGNET_SERVER_CORE_KEYS_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/random.h"
#include "hsm/hsm.h"
#include "keystore/key_store.h"
#include "keystore/lifecycle.h"
#include "server/core/change_request.h"
#include "server/core/key_directory.h"
#include "server/core/names.h"
#include "server/core/step_observer.h"

namespace signet::core {

// KeyView is a key as callers see it.
struct KeyView {
  keystore::KeyRecord record;
  keystore::KeyRole role = keystore::KeyRole::kNone;
  // Only for NEXT.
  std::optional<absl::Time> activatable_time;
  // Only for PREVIOUS, unless it is kept until it is revoked.
  std::optional<absl::Time> deletable_time;
  absl::Time effective_time;
  std::string etag;
};

struct PublicKeyView {
  KeyName name;
  hsm::PublicKey key;
  // With kid, use and alg.
  std::string jwk_json;
};

// What the use cases of this folder work with; all borrowed, all thread-safe.
struct Services {
  keystore::KeyStore& store;
  hsm::Hsm& hsm;
  KeyDirectory& directory;
  const Clock& clock;
  Random& random;
  StepObserver& steps;
  // The store's InstanceId.
  std::string instance_id;
};

// Keys makes and retires signing keys. Thread-safe; every method blocks on store or HSM. The errors are those that
// signet.v1.KeyService documents for each RPC, and those of KeyStore and Hsm.
class Keys {
 public:
  explicit Keys(Services services);

  // Intent, HSM, commit: see the .cc for what a crash at each step leaves behind. `kid` is empty for the thumbprint.
  absl::StatusOr<KeyView> Create(const RingName& ring, const keystore::Kid& kid, const ChangeRequest& request);
  absl::StatusOr<KeyView> Get(const KeyName& name);
  absl::StatusOr<ListResult<KeyView>> List(const RingName& ring, keystore::KeyStore::Tombstones tombstones,
                                           const ListRequest& request);
  absl::StatusOr<KeyView> Enable(const KeyName& name, keystore::Force force, const ChangeRequest& request);
  absl::StatusOr<KeyView> Disable(const KeyName& name, keystore::Force force, const ChangeRequest& request);
  absl::StatusOr<KeyView> Revoke(const KeyName& name, keystore::Force force, const ChangeRequest& request);
  absl::StatusOr<KeyView> Delete(const KeyName& name, keystore::Force force, const ChangeRequest& request);
  absl::StatusOr<PublicKeyView> GetPublicKey(const KeyName& name);
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_KEYS_H_
