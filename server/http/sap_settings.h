#ifndef SIGNET_SERVER_HTTP_SAP_SETTINGS_H_
#define SIGNET_SERVER_HTTP_SAP_SETTINGS_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/random.h"
#include "keystore/ids.h"
#include "keystore/lifecycle.h"
#include "server/core/change_request.h"
#include "server/core/key_rings.h"
#include "server/core/key_view.h"
#include "server/core/keys.h"
#include "server/core/principal.h"

namespace signet::http {

// SapKeyChange is what SAP's API calls a `changeMode`.
struct SapKeyChange {
  enum class Mode { kAdd, kUpdate, kDelete, kForceUpdate, kForceDelete };
  Mode mode = Mode::kAdd;
  // Of kAdd, empty for one that is generated.
  std::string key_id;
};

// SapSettingsChange is what is to become of a tenant's settings: a key is changed, or the others are; what is not set stays.
struct SapSettingsChange {
  std::optional<SapKeyChange> key = std::nullopt;
  // The life of access tokens, which becomes the ring's max_token_ttl, and that of refresh tokens; within them nullopt for the
  // default.
  std::optional<std::optional<absl::Duration>> access_token_validity = std::nullopt;
  std::optional<std::optional<absl::Duration>> refresh_token_validity = std::nullopt;
  std::optional<bool> rotate_automatically = std::nullopt;
};
// Whether anything but a key is to be changed.
inline bool ChangesRing(const SapSettingsChange& change) {
  return change.access_token_validity || change.refresh_token_validity || change.rotate_automatically;
}

// Reads a number of seconds that SAP's API has for the validity of access tokens: -1 is the default, or 1800 to 86400.
//   kInvalidArgument
absl::StatusOr<std::optional<absl::Duration>> ReadAccessTokenValidity(int64_t seconds);
// The same for refresh tokens: -1, or 1800 to 31536000.
absl::StatusOr<std::optional<absl::Duration>> ReadRefreshTokenValidity(int64_t seconds);

// SapSettings shows and changes the security settings of a tenant as SAP's API has them: those of its ring access-token, and its
// keys. It keeps nothing itself. Every method but CheckAccess blocks on the store, and changes of keys on the HSM.
class SapSettings {
 public:
  // Borrowed.
  SapSettings(core::Keys& keys, core::KeyRings& rings, Random& random) : keys_(keys), rings_(rings), random_(random) {}

  // Checks that `caller` may make `change`: what it needs are the scopes of the RPCs that do the same.
  //   as core::CheckAccess
  static absl::Status CheckAccess(const SapSettingsChange& change, const core::Principal& caller);

  // {"tokenPolicySettings":{accessTokenValidity,refreshTokenValidity,refreshTokenUnique,activeKeyId,keyIds,keys},
  // "rotateSigningKeyAutomatically"}, where `keys` has created, lastModifiedAt, nextRotationDate and fipsCompliant by key id, in
  // the order of creation, for each key that is published. A validity of -1 is the default.
  absl::StatusOr<nlohmann::ordered_json> Get(const keystore::TenantId& tenant);

  // Makes the change, and returns the settings as they are then; with the member `warnings` where something was forced that can
  // break tokens, or was set that has no effect.
  //   as core::Keys and core::KeyRings
  absl::StatusOr<nlohmann::ordered_json> Change(const keystore::TenantId& tenant, const SapSettingsChange& change,
                                                const core::Principal& caller);

  // Rotates the keys now. `key_id`, if not empty, is the key that is to be superseded.
  //   kFailedPrecondition  it is not the key that signs
  //   as core::Keys::Rotate
  absl::StatusOr<nlohmann::ordered_json> Rotate(const keystore::TenantId& tenant, const std::string& key_id, keystore::Force force,
                                                const core::Principal& caller);

 private:
  absl::StatusOr<core::KeyView> ChangeKey(const keystore::TenantId& tenant, const SapKeyChange& change,
                                          const core::ChangeRequest& request);
  absl::StatusOr<nlohmann::ordered_json> Show(const keystore::TenantId& tenant, const std::vector<std::string>& warnings);

  core::Keys& keys_;
  core::KeyRings& rings_;
  Random& random_;
};

}  // namespace signet::http

#endif  // SIGNET_SERVER_HTTP_SAP_SETTINGS_H_
