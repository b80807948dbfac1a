#ifndef SIGNET_SERVER_CORE_SIGNING_PROFILE_H_
#define SIGNET_SERVER_CORE_SIGNING_PROFILE_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "keystore/ids.h"
#include "keystore/records.h"
#include "nlohmann/json.hpp"
#include "server/core/names.h"

namespace signet::core {

// What a signing profile (keystore::SigningProfile) allows. Every refusal is
//   kPermissionDenied  SIGNING_PROFILE, with the metadata `rule`, the field of signet.v1.SigningProfile that refuses, and `claim`
//                      where it is about one that the profile names or the caller set

// Checks that a caller with `profile` may have `ring` sign; nullptr: a caller who may have anything signed.
//   also kFailedPrecondition  TENANT_RESERVED: the ring is Signet's own
absl::Status CheckMayUseRing(const keystore::SigningProfile* profile, const RingName& ring);

// Checks that `ring` is one of the profile's.
absl::Status CheckProfileRing(const keystore::SigningProfile& profile, const keystore::RingId& ring);

// Checks that the profile limits nothing but rings, as nobody sees what a digest stands for. `rule` is the first one that does.
absl::Status CheckProfileDigest(const keystore::SigningProfile& profile);

// Checks that a token may be asked to live for `ttl`.
absl::Status CheckProfileTtl(const keystore::SigningProfile& profile, absl::Duration ttl);

// Whether the profile says anything of claims.
bool LimitsClaims(const keystore::SigningProfile& profile);

// Checks the claims of a caller, an object, and adds the fixed ones that they lack. Besides the allowed, the required and the fixed
// claims, `aud` may be set where the profile has audiences.
//   also kDataLoss  STORE_CORRUPT: the profile's own fixed claims cannot be read
absl::Status ApplyProfile(const keystore::SigningProfile& profile, nlohmann::ordered_json& claims);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_SIGNING_PROFILE_H_
