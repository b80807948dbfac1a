#ifndef SIGNET_SERVER_CORE_IDEMPOTENCY_H_
#define SIGNET_SERVER_CORE_IDEMPOTENCY_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "keystore/key_store.h"
#include "keystore/records.h"
#include "server/core/change_request.h"

namespace signet::core {

// A request_id (AIP-155) names one change for ever: its record is committed together with the change, so that either both happened
// or neither, and a repetition returns what the record remembers. `scope` is the tenant that the change is about, or "" for changes
// of tenants themselves. A call that only validates neither reads nor writes such records.

// Finds what the first call with this request_id left; nullopt if there was none, or if the call has no request_id or only
// validates. Its result may still be empty.
//   kInvalidArgument  INVALID_FIELD: not a request_id; REQUEST_ID_REUSED: the first call asked for something else
absl::StatusOr<std::optional<keystore::RequestRecord>> FindFirstRequest(keystore::KeyStore& store, const std::string& scope,
                                                                        const ChangeRequest& request);

// The same for changes that are one commit: returns the result of the first call.
//   kAborted  REQUEST_IN_PROGRESS: it has none yet
absl::StatusOr<std::optional<std::string>> FindFirstResult(keystore::KeyStore& store, const std::string& scope,
                                                           const ChangeRequest& request);

// Makes the record of a call that has just begun, without result.
keystore::RequestRecord BeginRequest(const std::string& scope, const ChangeRequest& request, absl::Time now);

// Adds to `change` that this call, if it has a request_id, had `result`.
void RememberResult(const std::string& scope, const ChangeRequest& request, std::string result, absl::Time now,
                    keystore::Change& change);

// The error for a repetition that came too early: kAborted, REQUEST_IN_PROGRESS.
absl::Status RequestInProgress();

// The result of a deletion that returns no resource.
inline constexpr char kEmptyResult[] = "{}";

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_IDEMPOTENCY_H_
