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
#include "server/core/change_request.h"
#include "server/core/names.h"
#include "server/core/rotation_view.h"
#include "server/core/services.h"

namespace signet::core {

struct RingView {
  keystore::RingRecord record;
  keystore::ResolvedPolicy policy;
  // The last rotation, or the one under way.
  std::optional<RotationView> rotation;
  // Of the next automatic rotation, if one is planned.
  std::optional<absl::Time> next_rotation_time;
  std::string etag;
};

// What a new ring is to be.
struct NewRing {
  // nullopt: ES256.
  std::optional<hsm::Algorithm> algorithm = std::nullopt;
  keystore::Protection protection = keystore::Protection::kToken;
  keystore::KeyPolicy policy = {};
  keystore::CertificateProfile certificate = {};
};

// RingUpdate holds new values; what is not set stays. A field of the policy that is set to nullopt goes back to the preset's.
struct RingUpdate {
  std::optional<hsm::Algorithm> algorithm;
  std::optional<keystore::Protection> protection;
  std::optional<keystore::Preset> preset;
  std::optional<std::optional<int>> max_keys;
  std::optional<std::optional<absl::Duration>> activation_delay;
  std::optional<std::optional<absl::Duration>> min_retention;
  std::optional<std::optional<bool>> retain_until_revoked;
  std::optional<std::optional<absl::Duration>> max_token_ttl;
  std::optional<std::optional<absl::Duration>> refresh_token_validity;
  std::optional<std::optional<absl::Duration>> jwks_max_age;
  std::optional<std::optional<bool>> keep_next;
  std::optional<std::optional<bool>> automatic;
  std::optional<std::optional<absl::Duration>> period;
  std::optional<std::optional<absl::Duration>> retirement_delay;
  std::optional<std::optional<absl::Duration>> signing_grace;
  std::optional<std::optional<absl::Duration>> idempotency_window;
  std::optional<std::optional<int>> rotations_per_day;
  std::optional<std::optional<int>> revoked_history;
  std::optional<std::string> common_name;
  std::optional<std::string> organization;
  std::optional<std::string> organizational_unit;
  std::optional<std::string> country;
  std::optional<std::optional<absl::Duration>> certificate_validity;
};

// KeyRings makes and keeps key rings. Thread-safe; every method blocks on the store. The errors are those that
// signet.v1.KeyService documents for each RPC, and those of KeyStore. The system tenant is refused to all that change a ring.
class KeyRings {
 public:
  explicit KeyRings(Services services) : services_(std::move(services)) {}

  // UNIMPLEMENTED HSM_UNSUPPORTED if the HSM lacks the algorithm, FAILED_PRECONDITION HSM_UNSUPPORTED if it cannot keep such keys
  // wrapped. The first WRAPPED ring makes the wrapping key. The id of a deleted ring may be used again.
  absl::StatusOr<RingView> Create(const RingName& name, const NewRing& ring, const ChangeRequest& request);
  absl::StatusOr<RingView> Get(const RingName& name);
  // In the order of ids.
  absl::StatusOr<ListResult<RingView>> List(const keystore::TenantId& tenant, const ListRequest& request);
  // Switching `automatic` on starts a rotation, which the scheduler completes.
  absl::StatusOr<RingView> Update(const RingName& name, const RingUpdate& update, const ChangeRequest& request);
  absl::Status Delete(const RingName& name, const ChangeRequest& request);

 private:
  absl::StatusOr<RingView> CreateOnce(const keystore::RingRecord& wanted, const ChangeRequest& request);
  absl::StatusOr<RingView> UpdateOnce(const RingName& name, const RingUpdate& update, const ChangeRequest& request);
  absl::Status DeleteOnce(const RingName& name, const ChangeRequest& request);
  absl::StatusOr<RingView> View(keystore::RingRecord record);
  absl::StatusOr<RingView> RepeatResult(const std::string& result);

  Services services_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_KEY_RINGS_H_
