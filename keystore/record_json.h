#ifndef SIGNET_KEYSTORE_RECORD_JSON_H_
#define SIGNET_KEYSTORE_RECORD_JSON_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "keystore/records.h"

namespace signet::keystore {

// Writes a record as a JSON object with a fixed order of members: the form in which stores keep it, events show it and
// requests remember it. Times are integers of microseconds since the epoch, durations integers of microseconds, binary values
// base64url, enums the design's words. `revision`, `create_revision`, `usage` and `last_used_time` are left out: they are the
// store's.
std::string ToJson(const TenantRecord& record);
std::string ToJson(const RingRecord& record);
std::string ToJson(const KeyRecord& record);
std::string ToJson(const Rotation& rotation);
std::string ToJson(const WrappingKeyRecord& record);
std::string ToJson(const CredentialRecord& record);
std::string ToJson(const RevokedToken& token);

// Writes a credential as everybody may see it who may see it at all: without salt and hash of its secrets. This is the form for
// events, etags and remembered results; ToJson's is for the store alone. Read back, the secrets have no salt and no hash.
std::string ToEventJson(const CredentialRecord& record);

// Reads such an object. Unknown members are ignored, missing ones have their defaults, so that a newer release's record can be
// read.
//   kDataLoss  STORE_CORRUPT: not such an object
absl::StatusOr<TenantRecord> TenantFromJson(absl::string_view json);
absl::StatusOr<RingRecord> RingFromJson(absl::string_view json);
absl::StatusOr<KeyRecord> KeyFromJson(absl::string_view json);
absl::StatusOr<WrappingKeyRecord> WrappingKeyFromJson(absl::string_view json);
absl::StatusOr<Rotation> RotationFromJson(absl::string_view json);
absl::StatusOr<CredentialRecord> CredentialFromJson(absl::string_view json);

// The design's words for enums: "SUBACCOUNT", "SAP_BTP", "PENDING_GENERATION", "CLIENT_SECRET".
absl::string_view ToWord(TenantKind kind);
absl::string_view ToWord(Preset preset);
absl::string_view ToWord(KeyState state);
absl::string_view ToWord(Protection protection);
absl::string_view ToWord(WrappingKeyState state);
absl::string_view ToWord(CredentialKind kind);

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_RECORD_JSON_H_
