#ifndef SIGNET_SERVER_CORE_KEY_RINGS_H_
#define SIGNET_SERVER_CORE_KEY_RINGS_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "hsm/algorithm.h"
#include "keystore/key_store.h"
#include "keystore/policy.h"
#include "keystore/records.h"
#include "server/core/audit.h"
#include "server/core/change_request.h"
#include "server/core/names.h"
#include "server/core/services.h"

namespace signet::core {

struct RingView {
  keystore::RingRecord record;
  keystore::ResolvedPolicy policy;
  std::string etag;
};

// RingUpdate holds new values; what is not set stays. A field of the policy that is set to nullopt goes back to the preset's.
struct RingUpdate {
  std::optional<hsm::Algorithm> algorithm;
  std::optional<keystore::Preset> preset;
  std::optional<std::optional<int>> max_keys;
  std::optional<std::optional<absl::Duration>> activation_delay;
  std::optional<std::optional<absl::Duration>> min_retention;
  std::optional<std::optional<bool>> retain_until_revoked;
  std::optional<std::optional<absl::Duration>> max_token_ttl;
  std::optional<std::optional<absl::Duration>> jwks_max_age;
};

// KeyRings makes and keeps key rings. Thread-safe; every method blocks on the store. The errors are those that
// signet.v1.KeyService documents for each RPC, and those of KeyStore.
class KeyRings {
 public:
  explicit KeyRings(Services services) : services_(std::move(services)) {}

  // `algorithm` nullopt means ES256. UNIMPLEMENTED HSM_UNSUPPORTED if the HSM lacks it. The id of a deleted ring may be used again.
  absl::StatusOr<RingView> Create(const RingName& name, std::optional<hsm::Algorithm> algorithm, const keystore::KeyPolicy& policy,
                                  const ChangeRequest& request);
  absl::StatusOr<RingView> Get(const RingName& name);
  // In the order of ids.
  absl::StatusOr<ListResult<RingView>> List(const keystore::TenantId& tenant, const ListRequest& request);
  // Raises the token_ttl_bound of the ENABLED key where max_token_ttl rises; never lowers it.
  absl::StatusOr<RingView> Update(const RingName& name, const RingUpdate& update, const ChangeRequest& request);
  absl::Status Delete(const RingName& name, const ChangeRequest& request);

 private:
  absl::StatusOr<RingView> CreateOnce(const keystore::RingRecord& wanted, const ChangeRequest& request);
  absl::StatusOr<RingView> UpdateOnce(const RingName& name, const RingUpdate& update, const ChangeRequest& request);
  absl::Status DeleteOnce(const RingName& name, const ChangeRequest& request);
  absl::Status CheckHsmSupports(hsm::Algorithm algorithm);
  // Puts the ENABLED key of the ring with the ring's new max_token_ttl as bound, where that is more.
  absl::Status RaiseTokenTtlBound(const keystore::RingRecord& ring, const Actor& actor, absl::Time now, keystore::Change& change);
  absl::StatusOr<RingView> RepeatResult(const std::string& result);

  Services services_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_KEY_RINGS_H_
