#ifndef SIGNET_KEYSTORE_EVENT_CHAIN_H_
#define SIGNET_KEYSTORE_EVENT_CHAIN_H_

#include <string>

#include "absl/strings/string_view.h"
#include "keystore/records.h"

namespace signet::keystore {

// Returns the hash of an event, 32 bytes: SHA-256 over the text "signet-event-v1", the hash of the event before it (empty for the
// first), sequence, revision, time (microseconds since the epoch), actor, action, resource, tenant, request_id, before and after.
// Each text stands behind its length; lengths and numbers have 8 bytes, the most significant first. So each hash vouches for the
// whole trail up to its event, and no two trails have the same encoding. `event.hash` is not looked at.
std::string EventHash(absl::string_view previous_hash, const Event& event);

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_EVENT_CHAIN_H_
