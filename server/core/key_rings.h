#ifndef SIGNET_SERVER_CORE_KEY_RINGS_H_
#define SIGNET_SERVER_CORE_KEY_RINGS_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hsm/algorithm.h"
#include "keystore/records.h"
#include "server/core/change_request.h"
#include "server/core/keys.h"
#include "server/core/names.h"

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
  explicit KeyRings(Services services);

  // `algorithm` nullopt means ES256. UNIMPLEMENTED HSM_UNSUPPORTED if the HSM lacks it.
  absl::StatusOr<RingView> Create(const RingName& name, std::optional<hsm::Algorithm> algorithm, const keystore::KeyPolicy& policy,
                                  const ChangeRequest& request);
  absl::StatusOr<RingView> Get(const RingName& name);
  absl::StatusOr<ListResult<RingView>> List(const keystore::TenantId& tenant, const ListRequest& request);
  // Raises the token_ttl_bound of the ENABLED key where max_token_ttl rises; never lowers it.
  absl::StatusOr<RingView> Update(const RingName& name, const RingUpdate& update, const ChangeRequest& request);
  absl::Status Delete(const RingName& name, const ChangeRequest& request);
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_KEY_RINGS_H_
