#ifndef SIGNET_SERVER_CORE_KEY_ROTATION_H_
#define SIGNET_SERVER_CORE_KEY_ROTATION_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "keystore/lifecycle.h"
#include "keystore/rotation_plan.h"
#include "server/core/change_request.h"
#include "server/core/names.h"
#include "server/core/rotation_result.h"
#include "server/core/services.h"

namespace signet::core {

struct RotateCommand {
  keystore::Purge purge = keystore::Purge::kNo;
  keystore::Force force = keystore::Force::kNo;
  // At most 256 bytes, no control characters; for the audit trail.
  std::string reason;
};

// Rotates a ring, as signet.v1.KeyService.RotateKeys documents. In steps, each of which may be the last before a crash:
//   1. without a NEXT key: its intent is committed, the HSM generates it, it is committed and published. A crash leaves a NEXT
//      key, or what CreateKey leaves; no rotation has begun, and repeating the call goes on from there.
//   2. one commit moves all states, and remembers the rotation and the request; or it says that the rotation is under way, for the
//      scheduler to end. A crash behind it leaves a rotation that is done; repeating the call returns it.
//   3. private keys of revoked and retired keys are destroyed, and the new NEXT key is generated. A crash leaves what RevokeKey and
//      CreateKey leave, and the scheduler makes the NEXT key that is missing.
// When the HSM fails in step 3, the rotation has succeeded: the result warns of a NEXT key that is missing, and the scheduler makes
// up for both. When the store fails in it, the error asks to repeat the call.
//   as RotateKeys documents, and those of KeyStore and Hsm
absl::StatusOr<RotationResult> RotateKeys(const Services& services, const RingName& ring, const RotateCommand& command,
                                          const ChangeRequest& request);

// Why a rotation runs.
enum class RotationOccasion {
  // A caller asks for it.
  kRequest,
  // The scheduler starts one that is due.
  kDue,
  // The scheduler ends one that is under way.
  kCompletion,
};

// The same for callers and for the scheduler. Looks again whether it is still due, or can be ended by now; returns nullopt if not.
//   as RotateKeys
absl::StatusOr<std::optional<RotationResult>> RunRotation(const Services& services, const RingName& ring, RotationOccasion occasion,
                                                          const RotateCommand& command, const ChangeRequest& request);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_KEY_ROTATION_H_
