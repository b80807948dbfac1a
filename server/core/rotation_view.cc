#include "server/core/rotation_view.h"

#include <optional>

#include "base/error.h"
#include "keystore/rotation_plan.h"

namespace signet::core {
namespace {

// A key that is still being generated, or could not be, has only a provisional kid, which is nobody's business.
absl::StatusOr<keystore::Kid> KidOf(keystore::KeyStore& store, const keystore::KeyUid& uid) {
  if (uid.empty()) return keystore::Kid();
  SIGNET_ASSIGN_OR_RETURN(const std::optional<keystore::KeyRecord> key, store.GetKeyByUid(uid));
  if (!key.has_value() || key->public_key_der.empty()) return keystore::Kid();
  return key->kid;
}

absl::Status AddKids(keystore::KeyStore& store, const std::vector<keystore::KeyUid>& uids, std::vector<keystore::Kid>& kids) {
  for (const keystore::KeyUid& uid : uids) {
    SIGNET_ASSIGN_OR_RETURN(kids.emplace_back(), KidOf(store, uid));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<RotationView> MakeRotationView(keystore::KeyStore& store, const keystore::Rotation& rotation,
                                              const std::vector<keystore::KeyRecord>& live) {
  RotationView view;
  view.record = rotation;
  if (rotation.activation_time) {
    SIGNET_ASSIGN_OR_RETURN(view.current, KidOf(store, rotation.current));
  } else if (const keystore::KeyRecord* next = keystore::FindNext(live)) {
    view.current = next->kid;
  }
  SIGNET_ASSIGN_OR_RETURN(view.superseded, KidOf(store, rotation.superseded));
  SIGNET_ASSIGN_OR_RETURN(view.next, KidOf(store, rotation.next));
  SIGNET_RETURN_IF_ERROR(AddKids(store, rotation.revoked, view.revoked));
  SIGNET_RETURN_IF_ERROR(AddKids(store, rotation.retired, view.retired));
  return view;
}

}  // namespace signet::core
