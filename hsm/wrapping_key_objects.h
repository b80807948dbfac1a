#ifndef SIGNET_HSM_WRAPPING_KEY_OBJECTS_H_
#define SIGNET_HSM_WRAPPING_KEY_OBJECTS_H_

#include <p11-kit/pkcs11.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hsm/key_template.h"
#include "hsm/key_wrapper.h"
#include "hsm/token_session.h"

namespace signet::hsm {

// WrappingKeyObjects are the two objects of a wrapping key.
struct WrappingKeyObjects {
  CK_OBJECT_HANDLE wrapping = CK_INVALID_HANDLE;
  CK_OBJECT_HANDLE binding = CK_INVALID_HANDLE;
};

// The functions below share these errors:
//   kUnavailable, kResourceExhausted  the token failed; IsStale if the session or the login is gone

// Generates both, in a session for reading and writing where they are to stay, and checks their attributes.
//   kUnimplemented  HSM_UNSUPPORTED: the token refuses mechanism or template, or ignores the template
absl::StatusOr<WrappingKeyObjects> GenerateWrappingKeyObjects(TokenSession& session, const WrappingKeySpec& spec, PairHome home);

// Reads back that the two are what was asked for: secrets that were made on the token, always sensitive and never extractable, one
// to wrap and unwrap, one to sign.
//   kUnimplemented  HSM_UNSUPPORTED: they are not
absl::Status CheckWrappingKeyObjects(TokenSession& session, const WrappingKeyObjects& objects, PairHome home);

// Finds the two on the token.
//   kNotFound  KEY_NOT_FOUND: it does not hold one of each
absl::StatusOr<WrappingKeyObjects> FindWrappingKeyObjects(TokenSession& session, absl::string_view id);

// Finds, or destroys, all secret keys on the token with the id.
absl::StatusOr<std::vector<CK_OBJECT_HANDLE>> FindSecretKeys(TokenSession& session, absl::string_view id);
absl::Status DestroySecretKeys(TokenSession& session, absl::string_view id);

// Lists those on the token whose label begins with `label_prefix`, joined by their id, in the order of the ids.
absl::StatusOr<std::vector<StoredWrappingKey>> ListWrappingKeyObjects(TokenSession& session, absl::string_view label_prefix);

// Wraps a private key by `mechanism`.
//   kUnimplemented  HSM_UNSUPPORTED: the token does not wrap such keys
absl::StatusOr<std::string> WrapPrivateKey(TokenSession& session, CK_MECHANISM_TYPE mechanism, CK_OBJECT_HANDLE wrapping,
                                           CK_OBJECT_HANDLE private_key);

// Unwraps one. No operation is active afterwards, also after an error.
//   kUnimplemented  HSM_UNSUPPORTED: the token refuses mechanism or template
absl::StatusOr<CK_OBJECT_HANDLE> UnwrapPrivateKey(TokenSession& session, CK_MECHANISM_TYPE mechanism, CK_OBJECT_HANDLE wrapping,
                                                  absl::string_view blob, AttributeList private_key);

// Computes HMAC-SHA256. After an error drop the session.
absl::StatusOr<std::string> ComputeHmac(TokenSession& session, CK_OBJECT_HANDLE binding, absl::string_view message);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_WRAPPING_KEY_OBJECTS_H_
