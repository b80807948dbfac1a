#ifndef SIGNET_HSM_OBJECT_SEARCH_H_
#define SIGNET_HSM_OBJECT_SEARCH_H_

#include <p11-kit/pkcs11.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hsm/attribute_list.h"
#include "hsm/token_session.h"

namespace signet::hsm {

// Finds every object that matches `criteria`. Reads the whole token: slow on a full one. It fails rather than miss the private
// objects of a token that has lost its login, which are invisible then.
//   kUnavailable  the token failed or is not logged in (IsStale)
absl::StatusOr<std::vector<CK_OBJECT_HANDLE>> FindObjects(TokenSession& session, AttributeList criteria);

// Reads one attribute, whatever its length.
//   kUnimplemented  HSM_UNSUPPORTED: the object has no such attribute, or does not show it
//   kUnavailable    the token failed, or the object is gone (IsStale)
absl::StatusOr<std::string> ReadAttribute(TokenSession& session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_OBJECT_SEARCH_H_
