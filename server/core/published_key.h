#ifndef SIGNET_SERVER_CORE_PUBLISHED_KEY_H_
#define SIGNET_SERVER_CORE_PUBLISHED_KEY_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/lazy.h"
#include "hsm/key_spec.h"
#include "hsm/public_key.h"
#include "keystore/ids.h"
#include "keystore/records.h"
#include "server/core/key_meter.h"
#include "server/core/names.h"

namespace signet::core {

// SigningForm is what a key needs to sign.
struct SigningForm {
  // How the HSM knows it.
  hsm::KeySpec spec;
  // base64url of the JWS protected header {"alg","kid","typ":"JWT"}.
  std::string encoded_header;
  // The same of an access token: "typ":"at+jwt".
  std::string encoded_access_token_header;
};

// PublishedKey is a key that may verify: DISABLED or ENABLED. There can be very many that nobody uses for days, so it holds what
// cannot be worked out, and what signing needs only from the first signature on.
struct PublishedKey {
  KeyName name;
  hsm::PublicKey public_key;
  keystore::KeyState state;
  keystore::Protection protection;
  // Position in the order of creation.
  keystore::Revision create_revision;
  // The stages of its life, and until when its tokens live as the store knew when it was read: what plans rest on.
  std::optional<absl::Time> publish_time;
  std::optional<absl::Time> enable_time;
  std::optional<absl::Time> disable_time;
  std::optional<absl::Time> token_expiry_bound;
  // X.509 certificates as DER, that of the key first; may be empty.
  std::vector<std::string> certificate_chain;
  // Counts what it signs. Shared: with former and later snapshots of the key, and with the SigningLedger.
  std::shared_ptr<KeyMeter> meter;
  // The store's. Shared: all keys have the same.
  std::shared_ptr<const std::string> instance_id;
  Lazy<SigningForm> lazy_signing_form = {};

  hsm::Algorithm algorithm() const { return public_key.algorithm(); }
  // Made once. Thread-safe.
  const SigningForm& signing_form() const;
};

// Reads a key whose state is published. `meter` is that of its former snapshot, or nullptr for a new one.
//   kDataLoss  STORE_CORRUPT: its algorithm is not in the table, or its public key does not parse or does not fit it
absl::StatusOr<PublishedKey> ReadPublishedKey(const keystore::KeyRecord& record, std::shared_ptr<const std::string> instance_id,
                                              std::shared_ptr<KeyMeter> meter = nullptr);

// The label of a key in the HSM: "signet/{instance_id}/{uid}".
std::string HsmLabel(absl::string_view instance_id, const keystore::KeyUid& uid);
// What a wrapped key is bound to: "signet/{instance_id}/{uid}/{tenant}/{ring}". No other store, key or ring can use it.
std::string WrappedKeyLabel(absl::string_view instance_id, const keystore::KeyUid& uid, const RingName& ring);
// The id of a key in the HSM, CKA_ID: the 16 bytes that the uid spells.
std::string HsmKeyId(const keystore::KeyUid& uid);
// How the HSM knows the key of `record`. WARNING: the algorithm must be in the table, which that of a record from a newer release
// or a damaged store need not be; ask hsm::FindAlgorithm first, and where the id will do, take HsmKeyId.
hsm::KeySpec HsmKeySpec(absl::string_view instance_id, const keystore::KeyRecord& record);

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_PUBLISHED_KEY_H_
