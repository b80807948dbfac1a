#ifndef SIGNET_HSM_KEY_OBJECTS_H_
#define SIGNET_HSM_KEY_OBJECTS_H_

#include <p11-kit/pkcs11.h>

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hsm/hsm.h"
#include "hsm/key_spec.h"
#include "hsm/key_template.h"
#include "hsm/token_session.h"

namespace signet::hsm {

// KeyPairObjects are the two objects of a key pair on the token.
struct KeyPairObjects {
  CK_OBJECT_HANDLE public_key = CK_INVALID_HANDLE;
  CK_OBJECT_HANDLE private_key = CK_INVALID_HANDLE;
};

// The functions below share these errors:
//   kUnavailable, kResourceExhausted  the token failed; IsStale if the session or the login is gone

// Checks that no object on the token has `id`.
//   kAlreadyExists  KEY_EXISTS: one has
absl::Status CheckUnused(TokenSession& session, absl::string_view id);

// Generates the pair that `spec` asks for, with the one template, in a session for reading and writing.
//   kUnimplemented  HSM_UNSUPPORTED: the token refuses mechanism, curve or template
absl::StatusOr<KeyPairObjects> GenerateKeyPair(TokenSession& session, const KeySpec& spec, PairHome home);

// Finds the one private key, or the one complete pair, with the id and the key type of `spec`.
//   kNotFound  KEY_NOT_FOUND: there is none, or several
absl::StatusOr<CK_OBJECT_HANDLE> FindPrivateKey(TokenSession& session, const KeySpec& spec);
absl::StatusOr<KeyPairObjects> FindKeyPair(TokenSession& session, const KeySpec& spec);

// Destroys every object with `id`, private keys first: what a crash leaves in between cannot sign.
absl::Status DestroyObjects(TokenSession& session, absl::string_view id);

// Lists the keys whose label begins with `label_prefix`, halves joined by their id, in the order of the ids.
absl::StatusOr<std::vector<StoredKey>> ListStoredKeys(TokenSession& session, absl::string_view label_prefix);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_KEY_OBJECTS_H_
