#ifndef SIGNET_SERVER_CORE_ROTATION_RESULT_H_
#define SIGNET_SERVER_CORE_ROTATION_RESULT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "keystore/key_store.h"
#include "keystore/records.h"
#include "server/core/key_view.h"
#include "server/core/names.h"
#include "server/core/rotation_view.h"

namespace signet::core {

// RotationResult is what a rotation came to, for its caller.
struct RotationResult {
  RingName ring;
  RotationView rotation;
  // The live keys as they are now: CURRENT, then NEXT, then PREVIOUS, the youngest first.
  std::vector<KeyView> keys;
  // Nothing was done: it is the result of the rotation before.
  bool replayed = false;
  // When the new key begins to sign: activation_time, or when that is planned.
  absl::Time effective_time;
  std::vector<std::string> warnings;
};

// Shows `rotation` of `ring`, whose live keys are `live`. Keys that are still being made are left out.
//   as KeyStore::GetKeyByUid
absl::StatusOr<RotationResult> MakeRotationResult(keystore::KeyStore& store, const keystore::RingRecord& ring,
                                                  const keystore::Rotation& rotation, std::vector<keystore::KeyRecord> live);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_ROTATION_RESULT_H_
