#ifndef SIGNET_SERVER_CORE_KEY_VIEW_H_
#define SIGNET_SERVER_CORE_KEY_VIEW_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "keystore/lifecycle.h"
#include "keystore/policy.h"
#include "keystore/records.h"

namespace signet::core {

// KeyView is a key as callers see it.
struct KeyView {
  // Its kid is empty in one case: what a CreateKey that only validates would make, if its kid is to be the thumbprint.
  keystore::KeyRecord record;
  keystore::KeyRole role = keystore::KeyRole::kNone;
  // Only for NEXT.
  std::optional<absl::Time> activatable_time;
  // Only for PREVIOUS, unless it is kept until it is revoked.
  std::optional<absl::Time> deletable_time;
  // Only for PREVIOUS, unless it is kept until it is revoked: when the scheduler deletes it.
  std::optional<absl::Time> retire_time;
  absl::Time effective_time;
  std::string etag;
  // What was forced, and can break because of it, for people; only in the result of the call that forced it.
  std::vector<std::string> warnings;
};

// Shows `record` under the policy of its ring.
KeyView MakeKeyView(keystore::KeyRecord record, const keystore::ResolvedPolicy& policy);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_KEY_VIEW_H_
