#ifndef SIGNET_HSM_ATTRIBUTE_CHECK_H_
#define SIGNET_HSM_ATTRIBUTE_CHECK_H_

#include <p11-kit/pkcs11.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "hsm/token_session.h"

namespace signet::hsm {

// ExpectedAttribute is what a boolean attribute must be.
struct ExpectedAttribute {
  CK_ATTRIBUTE_TYPE type;
  absl::string_view name;
  CK_BBOOL value;
  // An attribute that forbids nothing when it is missing: a key without CKA_DECRYPT does not decrypt.
  bool may_be_missing = false;
};

// Reads an object's attributes back and holds them against what was asked for: some tokens ignore templates. CKA_LOCAL is passed
// over where the module is known to deny it.
//   kUnimplemented  HSM_UNSUPPORTED: one is not as expected; the metadata `attribute` says which
//   kUnavailable    the token failed
absl::Status CheckAttributes(TokenSession& session, CK_OBJECT_HANDLE object, absl::Span<const ExpectedAttribute> expected);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_ATTRIBUTE_CHECK_H_
