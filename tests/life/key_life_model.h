#ifndef SIGNET_TESTS_LIFE_KEY_LIFE_MODEL_H_
#define SIGNET_TESTS_LIFE_KEY_LIFE_MODEL_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "hsm/hsm.h"
#include "keystore/key_store.h"
#include "keystore/records.h"
#include "server/core/names.h"
#include "tests/life/life_process.h"

namespace signet::testing {

// Permission is what the call of the present step may break.
struct Permission {
  core::RingName ring;
  // Empty: any of the ring.
  keystore::Kid kid = {};
  bool force = false;
  bool revoke = false;
  bool purge = false;
};

// IssuedToken is what a key signed.
struct IssuedToken {
  core::KeyName key;
  // Empty if it was not a token but data.
  std::string token;
  absl::Time issue_time;
  absl::Time expiry;
};

// KeyLifeModel follows the audit trail of one tenant and tells where store, HSM or directory break the invariants of a key's life.
// It knows them from the design, not from the code that keeps them.
class KeyLifeModel {
 public:
  explicit KeyLifeModel(const keystore::TenantId& tenant) : tenant_(tenant) {}

  // Begins a step at `now`, `elapsed` after the start by a clock that nobody sets.
  void Begin(const Permission& permission, absl::Time now, absl::Duration elapsed);
  // A copy of the JWKS may be in use for `age` from now on.
  void Served(absl::Duration age);
  void Signed(const IssuedToken& token);

  // Follows the trail, and compares the rows of `rings` with it. A row may be PENDING_GENERATION only while unsettled: between a
  // crash and the next reconciliation.
  enum class Settled { kNo, kYes };
  void CheckStore(keystore::KeyStore& store, const std::vector<core::RingName>& rings, Settled settled);
  void CheckHsm(hsm::Hsm& hsm, Settled settled);
  void CheckDirectory(LifeProcess& process);

  // The scheduler's pass that just ended has left nothing undone, unless a step failed in this process and waits.
  void CheckNothingDue(keystore::KeyStore& store, const std::vector<core::RingName>& rings, absl::Time now);
  // A new process has begun.
  void Restarted() { failing_.clear(); }

  void Expect(bool holds, absl::string_view invariant, absl::string_view where);
  void Expect(bool holds, absl::string_view invariant, const keystore::KeyRecord& where);
  // What did not hold.
  const std::vector<std::string>& violations() const { return violations_; }

  // The last rotation of a ring, 0 if there was none.
  int64_t RotationNumber(const core::RingName& ring) const;

 private:
  // A key's life as the trail tells it.
  struct Life {
    keystore::KeyRecord record;
    std::string json;
    absl::Time last_expiry = absl::InfinitePast();
    std::vector<IssuedToken> tokens;
    // Until when, on the clock that nobody sets, verifiers may use a JWKS without the key.
    absl::Duration unknown_until;
  };
  struct Ring {
    std::optional<keystore::RingRecord> record;
    int live = 0;
  };

  void Follow(const keystore::Event& event);
  void FollowKey(const keystore::Event& event);
  void FollowRing(const keystore::Event& event);
  void FollowFailure(const keystore::Event& event);
  void CheckMove(const Life& life, const keystore::KeyRecord& after, absl::Time time);
  void CheckEnabled(const Life& life, const keystore::KeyRecord& after, absl::Time proven);
  void CheckTimes(const keystore::KeyRecord& before, const keystore::KeyRecord& after);
  void CheckRow(const keystore::KeyRecord& row, Settled settled);
  void CheckRoom(const core::RingName& name, int live);
  bool MayForce(const keystore::KeyRecord& key) const { return Concerns(key) && permission_.force; }
  bool MayRevoke(const keystore::KeyRecord& key) const { return Concerns(key) && (permission_.revoke || permission_.purge); }
  bool Concerns(const keystore::KeyRecord& key) const;

  const keystore::TenantId tenant_;
  Permission permission_;
  absl::Time now_;
  absl::Duration elapsed_;
  // Until when a copy of the JWKS that was served up to now may be in use.
  absl::Duration copies_until_;
  int64_t sequence_ = 0;
  std::map<keystore::KeyUid, Life> lives_;
  std::map<core::RingName, Ring> rings_;
  // Of the keys that were ever published.
  std::set<keystore::Kid> kids_;
  // The rings in which a planned step has failed since the process began, by resource name.
  std::set<std::string> failing_;
  std::vector<std::string> violations_;
};

}  // namespace signet::testing

#endif  // SIGNET_TESTS_LIFE_KEY_LIFE_MODEL_H_
