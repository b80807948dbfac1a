#ifndef SIGNET_SERVER_CORE_AUDIT_H_
#define SIGNET_SERVER_CORE_AUDIT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "keystore/records.h"
#include "server/core/change_request.h"

namespace signet::core {

// Who acts when nobody asked: the reconciler.
inline constexpr absl::string_view kSystemActor = "system";

// Actor is on whose behalf a change is made.
struct Actor {
  std::string name;
  // Empty if the call had none.
  std::string request_id;
};

// The caller of `request`.
Actor ActorOf(const ChangeRequest& request);

// Tells in one event that `action` turned `before` (null if there was nothing) into `after`.
keystore::Event MakeEvent(absl::Time time, const Actor& actor, absl::string_view action, const keystore::TenantRecord* before,
                          const keystore::TenantRecord& after);
keystore::Event MakeEvent(absl::Time time, const Actor& actor, absl::string_view action, const keystore::RingRecord* before,
                          const keystore::RingRecord& after);
keystore::Event MakeEvent(absl::Time time, const Actor& actor, absl::string_view action, const keystore::KeyRecord* before,
                          const keystore::KeyRecord& after);
// Of no tenant's; the resource is "wrappingKeys/{uid}".
keystore::Event MakeEvent(absl::Time time, const Actor& actor, absl::string_view action, const keystore::WrappingKeyRecord* before,
                          const keystore::WrappingKeyRecord& after);
// Without salt and hash of the secrets.
keystore::Event MakeEvent(absl::Time time, const Actor& actor, absl::string_view action, const keystore::CredentialRecord* before,
                          const keystore::CredentialRecord& after);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_AUDIT_H_
