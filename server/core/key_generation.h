#ifndef SIGNET_SERVER_CORE_KEY_GENERATION_H_
#define SIGNET_SERVER_CORE_KEY_GENERATION_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hsm/public_key.h"
#include "hsm/wrapped_key.h"
#include "keystore/records.h"
#include "server/core/audit.h"
#include "server/core/services.h"

namespace signet::core {

// How a key comes to be, for all who make one, and how a PENDING_GENERATION key ends, for the call that made it and for the
// reconciler that finds it after a crash.

// Makes the record of a key that is to be generated for `ring`, whose commit is the intent. `kid` is empty for the default,
// which CommitGenerated sets: the thumbprint, or for the preset SAP_BTP `default-jwt-key-` and 10 hexadecimal digits of it.
// `request_id` is empty unless it is a CreateKey's.
keystore::KeyRecord NewPendingKey(const Services& services, const keystore::RingRecord& ring, const keystore::Kid& kid,
                                  const std::string& request_id);

// Checks that the HSM has the algorithm of a ring.
//   kUnimplemented  HSM_UNSUPPORTED
absl::Status CheckHsmSupports(const Services& services, const std::string& algorithm_name);

// Checks that a key of `ring` can be made, before room is made for it.
//   as CheckHsmSupports; for a WRAPPED ring also as CheckHsmWraps and CheckCurrentWrappingKey
absl::Status CheckCanGenerate(const Services& services, const keystore::RingRecord& ring);

// Has the HSM generate and prove the pair of `pending`, whose intent is committed, and issue its certificate, and commits it as
// CommitGenerated does. When the HSM fails, the key is left as GENERATION_FAILED, and the error is the HSM's. When the store fails,
// it stays PENDING_GENERATION until a repetition completes it, the next reconciliation, or the scheduler gives it up.
//   as Hsm::GenerateKey, CurrentWrappingKey, KeyWrapper::GenerateWrappedKey, IssueCertificate and CommitGenerated
absl::StatusOr<keystore::KeyRecord> GenerateIntendedKey(const Services& services, const keystore::KeyRecord& pending,
                                                        const Actor& actor);

// GeneratedKey is a proven pair.
struct GeneratedKey {
  hsm::PublicKey public_key;
  // DER.
  std::string certificate;
  // Its private half, unless the HSM holds it.
  std::optional<hsm::WrappedKey> wrapped;
};

// Commits that the key `uid` has this pair: it becomes DISABLED, gets its kid, its certificate and its wrapped private key, and the
// request that asked for it gets its result, with the event "KeyGenerated". Returns the key; also if somebody else was faster, and
// then with the pair of that one. Does not refresh the directory.
//   kAlreadyExists  KEY_EXISTS: the default kid is taken by another key; fail the generation
//   kAborted        CONCURRENT_CHANGE: a reconciliation or the scheduler gave the key up meanwhile; fail the generation
//   as KeyStore::GetKeyByUid, KeyStore::GetRing and KeyStore::Commit
absl::StatusOr<keystore::KeyRecord> CommitGenerated(const Services& services, const keystore::KeyUid& uid, const GeneratedKey& made,
                                                    const Actor& actor);

// Completes a PENDING_GENERATION key whose pair the HSM holds: its maker may have lost the store before it could commit the key, or
// be about to, in which case the faster of both does it. Of a key that is to be kept wrapped a new pair is made, as nobody has one
// that was not committed. Returns the key. Does not refresh the directory.
//   kNotFound  KEY_NOT_FOUND: the HSM holds no pair, perhaps not yet
//   as Hsm::ProveKey, IssueCertificate and CommitGenerated
absl::StatusOr<keystore::KeyRecord> CompleteGeneration(const Services& services, const keystore::KeyRecord& pending,
                                                       const Actor& actor);

// Commits that the key is GENERATION_FAILED, with the event "KeyGenerationFailed", and destroys what the HSM may hold of it, with
// the event "PrivateKeyDestroyed". Does neither if somebody has completed the key meanwhile. If the HSM cannot destroy it now, the
// row keeps in_hsm and the scheduler or the next reconciliation does. A kid that the caller chose is free again, as no key ever had
// it, and the request that asked for the key may be attempted anew.
//   as KeyStore::GetKeyByUid and KeyStore::Commit; the key can then still be PENDING_GENERATION, for the next reconciliation
absl::Status FailGeneration(const Services& services, const keystore::KeyRecord& pending, const Actor& actor);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_KEY_GENERATION_H_
