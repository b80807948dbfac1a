#ifndef SIGNET_HSM_KEY_PROOF_H_
#define SIGNET_HSM_KEY_PROOF_H_

#include <p11-kit/pkcs11.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/random.h"
#include "hsm/algorithm.h"
#include "hsm/key_objects.h"
#include "hsm/public_key.h"
#include "hsm/token_session.h"

namespace signet::hsm {

// What a private key is: a token object that was generated on the token, always sensitive and never extractable, and signs; a
// session object that was generated so too, but is extractable, and is about to be wrapped; a session object that was unwrapped,
// sensitive and extractable, and is about to be wrapped anew; or a session object that was unwrapped, sensitive and not
// extractable, and signs. None that signs may decrypt, unwrap or derive.
enum class PrivateKeyForm { kOnToken, kToBeWrapped, kToBeWrappedAnew, kUnwrapped };

// Reads back that a private key is what was asked for. Some tokens ignore what a template asks for.
//   kUnimplemented  HSM_UNSUPPORTED: it is not; the metadata `attribute` says where
//   kUnavailable    the token failed
absl::Status CheckPrivateKeyAttributes(TokenSession& session, CK_OBJECT_HANDLE private_key, PrivateKeyForm form);

// Reads a public key from the token. CKA_EC_POINT may be a DER OCTET STRING, as PKCS#11 asks for, or the bare bytes.
//   kInvalidArgument  it is not a key of `algorithm`
//   kUnimplemented    HSM_UNSUPPORTED: the token does not show it
//   kUnavailable      the token failed
absl::StatusOr<PublicKey> ReadPublicKey(TokenSession& session, CK_OBJECT_HANDLE public_key, Algorithm algorithm);

// Has the token sign a random message, and verifies that with OpenSSL. After an error drop the session.
//   kUnimplemented, kUnavailable  as above
//   kDataLoss                     it is the private half of another key
absl::Status ProvePrivateKey(TokenSession& session, CK_OBJECT_HANDLE private_key, const PublicKey& public_key, Random& random);

// Reads the attributes of a pair on the token back and its public key, has the token sign a random message, and verifies that with
// OpenSSL. Returns the public key. After an error drop the session.
//   kUnimplemented, kUnavailable  as above
//   kDataLoss                     the two halves do not belong together, or the public one is broken
absl::StatusOr<PublicKey> ProveKeyPair(TokenSession& session, const KeyPairObjects& pair, Algorithm algorithm, Random& random);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_KEY_PROOF_H_
