#ifndef SIGNET_HSM_CRYPTOKI_ERROR_H_
#define SIGNET_HSM_CRYPTOKI_ERROR_H_

#include <p11-kit/pkcs11.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace signet::hsm {

// Returns the name of a result of PKCS#11, such as "CKR_DEVICE_ERROR"; of a vendor's own "CKR_VENDOR_DEFINED+0x12", of an unknown
// one "CKR_0x00000f00".
std::string CkrName(CK_RV result);

// Turns the result of `function` into a status whose metadata `ckr` is the result's name; OK for CKR_OK.
//   kFailedPrecondition  HSM_PIN_REFUSED: the PIN is wrong, locked, expired or not set; must not be tried again
//   kUnimplemented       HSM_UNSUPPORTED: the token lacks the mechanism, the curve or an attribute
//   kResourceExhausted   STORAGE_FULL: the token has no room
//   kUnavailable         HSM_UNAVAILABLE: anything else
absl::Status CryptokiStatus(absl::string_view function, CK_RV result);

// Returns the metadata `ckr` of `status`, or "" if it is not the token's answer.
std::string GetCkr(const absl::Status& status);

// Tells whether `status` comes from a session, a login or a handle that is no longer valid, so that a new session (and, if the
// login is gone, a new login) can help. A token that lost its login also says CKR_OBJECT_HANDLE_INVALID (SoftHSM).
bool IsStale(const absl::Status& status);

// Tells whether what failed can succeed on another session, or once the token has been recovered: kUnavailable, HSM_UNAVAILABLE.
bool IsPassing(const absl::Status& status);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_CRYPTOKI_ERROR_H_
