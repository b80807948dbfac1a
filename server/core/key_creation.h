#ifndef SIGNET_SERVER_CORE_KEY_CREATION_H_
#define SIGNET_SERVER_CORE_KEY_CREATION_H_

#include "absl/status/statusor.h"
#include "keystore/ids.h"
#include "server/core/change_request.h"
#include "server/core/key_view.h"
#include "server/core/names.h"
#include "server/core/services.h"

namespace signet::core {

// Creates a key in three steps: the intent is committed, the HSM generates and proves the pair, the key is committed and published.
// The .cc says what a crash between them leaves behind. `kid` is empty for the thumbprint.
//
// When the HSM fails, the key is left as GENERATION_FAILED and counts against nothing; the error is the HSM's, and a repetition
// with the same request_id attempts it anew. When the store fails after the intent, the key stays PENDING_GENERATION until a
// repetition or the next reconciliation completes it; while the HSM holds no pair, repetitions get REQUEST_IN_PROGRESS.
//   the errors that signet.v1.KeyService documents for CreateKey, and those of KeyStore and Hsm
absl::StatusOr<KeyView> CreateKey(const Services& services, const RingName& ring, const keystore::Kid& kid,
                                  const ChangeRequest& request);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_KEY_CREATION_H_
