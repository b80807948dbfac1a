#ifndef SIGNET_SERVER_CORE_ROTATION_VIEW_H_
#define SIGNET_SERVER_CORE_ROTATION_VIEW_H_

#include <vector>

#include "absl/status/statusor.h"
#include "keystore/ids.h"
#include "keystore/key_store.h"
#include "keystore/records.h"

namespace signet::core {

// RotationView is a rotation as callers see it: with the names of its keys.
struct RotationView {
  keystore::Rotation record;
  // Empty where the rotation has no such key, or it has none yet.
  keystore::Kid current;
  keystore::Kid superseded;
  keystore::Kid next;
  std::vector<keystore::Kid> revoked;
  std::vector<keystore::Kid> retired;
};

// Looks the keys of `rotation` up. While it is under way its current key is the one of `live`, the ring's live keys, that will be:
// the key with which it began may have been deleted since.
//   as KeyStore::GetKeyByUid
absl::StatusOr<RotationView> MakeRotationView(keystore::KeyStore& store, const keystore::Rotation& rotation,
                                              const std::vector<keystore::KeyRecord>& live);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_ROTATION_VIEW_H_
