#ifndef SIGNET_KEYSTORE_STORE_ERROR_H_
#define SIGNET_KEYSTORE_STORE_ERROR_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "keystore/key_store.h"
#include "keystore/records.h"

namespace signet::keystore {

// How long a revoked token is kept beyond its expire_time, as replicas and verifiers have other clocks and are lenient, and as a
// clock that jumps ahead may be set back.
inline constexpr absl::Duration kRevokedTokenGrace = absl::Hours(24);

// What every implementation of KeyStore says of the same fault, in the same words.

// kAborted CONCURRENT_CHANGE: `record` has not the revision that the caller saw.
absl::Status ConcurrentChange(const Record& record);
// kAlreadyExists KEY_EXISTS.
absl::Status KidTaken(const KeyRecord& key);
// kAlreadyExists HOST_ALIAS_EXISTS.
absl::Status HostAliasTaken(const std::string& host_alias);
// kAlreadyExists CREDENTIAL_EXISTS: another credential has its client_id.
absl::Status ClientIdTaken(const CredentialRecord& credential);

// Checks what a commit must have, whatever is stored.
//   kInternal  DEFECT: no event
absl::Status CheckChange(const Change& change);

// Checks a page of a list whose positions are texts.
//   kInternal  DEFECT: a limit below 1
absl::Status CheckPage(const Page& page);

// Checks a page of a list whose positions are numbers, and reads where it starts; 0 at the start.
//   kInternal         DEFECT: a limit below 1
//   kInvalidArgument  PAGE_TOKEN_INVALID
absl::StatusOr<int64_t> ParsePosition(const Page& page);

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_STORE_ERROR_H_
