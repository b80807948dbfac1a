#ifndef SIGNET_SERVER_CORE_ROTATION_CHANGE_H_
#define SIGNET_SERVER_CORE_ROTATION_CHANGE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "keystore/key_store.h"
#include "keystore/lifecycle.h"
#include "keystore/policy.h"
#include "keystore/records.h"
#include "keystore/rotation_plan.h"
#include "server/core/audit.h"

namespace signet::core {

// RotationChange puts together what one step of a rotation commits: the ring, its keys and the events. It reads nothing and writes
// nothing. The steps are
//   Supply    a ring without a NEXT key gets one; in a full ring PREVIOUS keys make room
//   Schedule  the rotation is under way: its NEXT key waits until verifiers can know it
//   Activate  the NEXT key becomes CURRENT, the key that was becomes PREVIOUS, or REVOKED with all others
// After an error the object is of no use.
class RotationChange {
 public:
  // How the rotation was asked for.
  struct Terms {
    keystore::Purge purge = keystore::Purge::kNo;
    keystore::Force force = keystore::Force::kNo;
  };
  // `keys` are all keys of the ring that are not DESTROYED, as stored together with `ring`.
  RotationChange(keystore::RingRecord ring, std::vector<keystore::KeyRecord> keys, const Terms& terms, const Actor& actor,
                 absl::Time now);

  // `pending` is the key to be made.
  //   as PickRetired
  absl::Status Supply(const keystore::KeyRecord& pending);
  // Begins `rotation`, whose NEXT key the ring has.
  void Schedule(keystore::Rotation rotation);
  // Completes `rotation` with the ring's NEXT key. `pending`, if given, is the NEXT key to be made after it; in a full ring
  // PREVIOUS keys make room for it.
  //   kFailedPrecondition  as PickRetired; KEY_NOT_YET_ACTIVATABLE without force and purge
  absl::Status Activate(keystore::Rotation rotation, const std::optional<keystore::KeyRecord>& pending);

  // What came of it.
  const keystore::RingRecord& ring() const { return ring_; }
  // The live keys afterwards.
  std::vector<keystore::KeyRecord> LiveKeys() const;
  // The keys whose private halves are to be destroyed after the commit.
  const std::vector<keystore::KeyUid>& gone() const { return gone_; }
  const std::vector<std::string>& warnings() const { return warnings_; }
  keystore::Change& change() { return change_; }

 private:
  // Moves a key by `verb`, and tells of it as `action`.
  absl::Status Move(keystore::KeyRecord& key, keystore::KeyVerb verb, keystore::Force force, absl::string_view action);
  absl::Status MakeRoom(int places, std::vector<keystore::KeyUid>& retired);
  void PutRing();

  keystore::RingRecord ring_;
  keystore::RingRecord ring_before_;
  std::vector<keystore::KeyRecord> keys_;
  keystore::ResolvedPolicy policy_;
  Terms terms_;
  Actor actor_;
  absl::Time now_;
  keystore::Change change_;
  std::vector<keystore::KeyUid> gone_;
  std::vector<std::string> warnings_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_ROTATION_CHANGE_H_
