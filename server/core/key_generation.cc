#include "server/core/key_generation.h"

#include <optional>
#include <utility>

#include "base/error.h"
#include "base/error_reason.h"
#include "keystore/lifecycle.h"
#include "keystore/record_json.h"
#include "server/core/commit.h"
#include "server/core/private_key_destruction.h"

namespace signet::core {
namespace {

using keystore::KeyRecord;
using keystore::KeyState;
using keystore::KeyVerb;

// Both ends are written on the key's own row (and its request's) only: a PENDING_GENERATION key counts against max_keys as a
// DISABLED one does, so no rule over the ring can break, and creations that end do not disturb those that begin.

absl::StatusOr<KeyRecord> ReadKey(const Services& services, const keystore::KeyUid& uid) {
  SIGNET_ASSIGN_OR_RETURN(std::optional<KeyRecord> key, services.store.GetKeyByUid(uid));
  if (!key.has_value()) return Defect("an intended key has no row");
  return *std::move(key);
}

// The policy does not matter to these verbs.
absl::StatusOr<KeyRecord> EndGeneration(const KeyRecord& pending, KeyVerb verb, absl::Time now) {
  return keystore::Apply(pending, verb, keystore::Force::kNo, now, keystore::Resolve(keystore::KeyPolicy()));
}

// Adds the result of the CreateKey that asked for `key`, unless another key was made for it since.
absl::Status FinishRequest(const Services& services, const KeyRecord& key, keystore::Change& change) {
  if (key.create_request_id.empty()) return absl::OkStatus();
  SIGNET_ASSIGN_OR_RETURN(std::optional<keystore::RequestRecord> record,
                          services.store.GetRequest(key.tenant.value(), key.create_request_id));
  if (!record.has_value() || record->key_uid != key.uid) return absl::OkStatus();
  record->result = keystore::ToJson(key);
  change.puts.emplace_back(*std::move(record));
  return absl::OkStatus();
}

absl::StatusOr<KeyRecord> CommitGeneratedOnce(const Services& services, const keystore::KeyUid& uid,
                                              const hsm::PublicKey& public_key, const Actor& actor) {
  SIGNET_ASSIGN_OR_RETURN(const KeyRecord pending, ReadKey(services, uid));
  if (pending.state == KeyState::kGenerationFailed || pending.state == KeyState::kDestroyed) {
    return Error(absl::StatusCode::kAborted, reason::kConcurrentChange,
                 "a reconciliation gave the key up while it was generated; create it again");
  }
  if (pending.state != KeyState::kPendingGeneration) return pending;

  const absl::Time now = services.Now();
  SIGNET_ASSIGN_OR_RETURN(KeyRecord generated, EndGeneration(pending, KeyVerb::kGenerated, now));
  generated.public_key_der = public_key.spki_der();
  if (!generated.kid_chosen) generated.kid = keystore::Kid(public_key.thumbprint());
  keystore::Change change;
  change.puts = {generated};
  change.events = {MakeEvent(now, actor, "KeyGenerated", &pending, generated)};
  SIGNET_RETURN_IF_ERROR(FinishRequest(services, generated, change));
  SIGNET_ASSIGN_OR_RETURN(generated.revision, services.store.Commit(change));
  return generated;
}

absl::Status CommitFailedOnce(const Services& services, const keystore::KeyUid& uid, bool in_hsm, const Actor& actor) {
  SIGNET_ASSIGN_OR_RETURN(const KeyRecord pending, ReadKey(services, uid));
  if (pending.state != KeyState::kPendingGeneration) return absl::OkStatus();
  const absl::Time now = services.Now();
  SIGNET_ASSIGN_OR_RETURN(KeyRecord failed, EndGeneration(pending, KeyVerb::kGenerationFailed, now));
  failed.in_hsm = in_hsm;
  failed.kid = keystore::Kid(uid.value());
  failed.kid_chosen = false;
  keystore::Change change;
  change.puts = {failed};
  change.events = {MakeEvent(now, actor, "KeyGenerationFailed", &pending, failed)};
  return services.store.Commit(change).status();
}

}  // namespace

absl::StatusOr<KeyRecord> CommitGenerated(const Services& services, const keystore::KeyUid& uid, const hsm::PublicKey& public_key,
                                          const Actor& actor) {
  return RetryConcurrentChange([&] { return CommitGeneratedOnce(services, uid, public_key, actor); });
}

absl::Status FailGeneration(const Services& services, const KeyRecord& pending, const Actor& actor) {
  // A crash before the commit leaves the row pending and nothing, or half a pair, in the HSM: reconciliation comes here again.
  const absl::Status destroyed = services.hsm.DestroyKey(HsmKeyId(pending.uid));
  if (!destroyed.ok()) LogPrivateKeyLeft(services, pending, destroyed);
  return RetryConcurrentChange([&] { return CommitFailedOnce(services, pending.uid, !destroyed.ok(), actor); });
}

}  // namespace signet::core
