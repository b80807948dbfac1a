#ifndef SIGNET_SERVER_CORE_AUDIT_SEAL_H_
#define SIGNET_SERVER_CORE_AUDIT_SEAL_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "hsm/public_key.h"
#include "keystore/key_store.h"
#include "keystore/records.h"
#include "server/core/names.h"

namespace signet::core {

// What events that are seals are called.
inline constexpr absl::string_view kSealAction = "SealAuditTrail";

// The ring whose ENABLED key seals.
RingName SealingRing();

// AuditSeal is a signature by the HSM that fixes the audit trail up to an event.
struct AuditSeal {
  // The event that is the seal, and its time.
  int64_t sequence = 0;
  absl::Time time;
  // The last event that it covers, and the hash of that.
  int64_t sealed_sequence = 0;
  std::string sealed_hash;
  KeyName key;
  friend bool operator==(const AuditSeal&, const AuditSeal&) = default;
};

// What is signed: "signet-audit-seal-v1", the store's InstanceId, the sequence in decimal and the hash, with a NUL between each
// two.
std::string SealMessage(absl::string_view instance_id, int64_t sealed_sequence, absl::string_view sealed_hash);

// Makes the event of a seal; `signature` is raw, as JOSE lays it out. Its `after` is {"sequence","hash","signature"}, in base64url.
keystore::Event MakeSealEvent(const AuditSeal& seal, absl::string_view signature);

// SealChecker checks seals, whose keys it reads once. For one thread, and for as long as one check of the trail takes.
class SealChecker {
 public:
  // `store` is borrowed.
  SealChecker(keystore::KeyStore& store, std::string instance_id) : store_(store), instance_id_(std::move(instance_id)) {}

  // A seal that a key of the audit ring has signed, or what is wrong with it, for people.
  struct Result {
    std::optional<AuditSeal> seal = std::nullopt;
    std::string problem = {};
  };
  // Checks an event that says that it is a seal. Whatever the key's state: its signature holds as long as its record has the public
  // key. But a key that was revoked vouches for nothing that was sealed later than a minute, for the clocks of replicas, after
  // that. Whether the trail has the hash that was sealed is for the caller to see.
  //   as KeyStore
  absl::StatusOr<Result> Check(const keystore::Event& event);

 private:
  struct Key {
    hsm::PublicKey public_key;
    std::optional<absl::Time> revoke_time;
  };
  // nullptr if the ring has no such key, or its record cannot be read.
  absl::StatusOr<const Key*> FindKey(const keystore::Kid& kid);

  keystore::KeyStore& store_;
  const std::string instance_id_;
  std::map<keystore::Kid, Key> keys_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_AUDIT_SEAL_H_
