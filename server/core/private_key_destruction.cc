#include "server/core/private_key_destruction.h"

#include <optional>
#include <string>

#include "base/error.h"
#include "hsm/key_wrapper.h"
#include "keystore/lifecycle.h"
#include "server/core/commit.h"
#include "server/core/names.h"

namespace signet::core {
namespace {

bool IsDue(const std::optional<keystore::KeyRecord>& key) { return key.has_value() && key->in_hsm && !keystore::IsLive(*key); }

// Only the key's own row is written: that its private key is gone touches no rule over the ring.
absl::Status CommitDestroyed(const Services& services, const keystore::KeyUid& uid, const Actor& actor) {
  return RetryConcurrentChange([&]() -> absl::Status {
    SIGNET_ASSIGN_OR_RETURN(const std::optional<keystore::KeyRecord> key, services.store.GetKeyByUid(uid));
    if (!IsDue(key)) return absl::OkStatus();
    keystore::KeyRecord destroyed = *key;
    destroyed.in_hsm = false;
    keystore::Change change;
    change.puts = {destroyed};
    change.events = {MakeEvent(services.Now(), actor, "PrivateKeyDestroyed", &*key, destroyed)};
    return services.store.Commit(change).status();
  });
}

}  // namespace

absl::Status DestroyInHsm(const Services& services, const keystore::KeyRecord& key) {
  const std::string id = HsmKeyId(key.uid);
  if (key.protection == keystore::Protection::kToken) return services.hsm.DestroyKey(id);
  // The store lost the wrapped key with the commit that retired it; what is left is what was unwrapped.
  services.hsm.key_wrapper().Forget(id);
  return absl::OkStatus();
}

absl::StatusOr<Destruction> DestroyPrivateKey(const Services& services, const keystore::KeyUid& uid, const Actor& actor) {
  SIGNET_ASSIGN_OR_RETURN(const std::optional<keystore::KeyRecord> key, services.store.GetKeyByUid(uid));
  if (!IsDue(key)) return Destruction::kNotNeeded;
  // A crash here leaves a row that is retired and a private key that nobody uses: reconciliation destroys it.
  services.steps.Reached(kStepDestroyCommitted);
  SIGNET_RETURN_IF_ERROR(DestroyInHsm(services, *key));
  // A crash here leaves a row that says in_hsm although nothing is: reconciliation destroys again, which succeeds, and commits.
  services.steps.Reached(kStepDestroyDone);
  SIGNET_RETURN_IF_ERROR(CommitDestroyed(services, uid, actor));
  services.steps.Reached(kStepDestroyConfirmed);
  return Destruction::kDone;
}

void DestroyPrivateKeysOrLog(const Services& services, const std::vector<keystore::KeyUid>& uids, const Actor& actor) {
  for (const keystore::KeyUid& uid : uids) {
    const absl::StatusOr<Destruction> destruction = DestroyPrivateKey(services, uid, actor);
    if (destruction.ok()) continue;
    const absl::StatusOr<std::optional<keystore::KeyRecord>> key = services.store.GetKeyByUid(uid);
    if (key.ok() && key->has_value()) LogPrivateKeyLeft(services, **key, destruction.status());
  }
}

void LogPrivateKeyLeft(const Services& services, const keystore::KeyRecord& key, const absl::Status& error) {
  services.logger.Log(LogLevel::kError, "a retired private key may still be in the HSM; its destruction is tried again",
                      {{"key", FormatKeyName({{key.tenant, key.ring}, key.kid})},
                       {"reason", GetReason(error)},
                       {"error", std::string(error.message())}});
}

}  // namespace signet::core
