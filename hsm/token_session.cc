#include "hsm/token_session.h"

#include <utility>

#include "base/error.h"
#include "hsm/cryptoki_error.h"

namespace signet::hsm {

absl::StatusOr<TokenSession> TokenSession::Open(const CryptokiModule& module, CK_SLOT_ID slot, SessionMode mode) {
  // CKF_SERIAL_SESSION is required, for historical reasons (PKCS#11 2.40 section 5.6).
  const CK_FLAGS flags = CKF_SERIAL_SESSION | (mode == SessionMode::kReadWrite ? CKF_RW_SESSION : 0);
  CK_SESSION_HANDLE handle = CK_INVALID_HANDLE;
  const CK_RV result = module.functions().C_OpenSession(slot, flags, nullptr, nullptr, &handle);
  SIGNET_RETURN_IF_ERROR(CryptokiStatus("C_OpenSession", result));
  return TokenSession(&module.functions(), handle);
}

TokenSession::~TokenSession() {
  if (handle_ != CK_INVALID_HANDLE) functions_->C_CloseSession(handle_);
}

TokenSession::TokenSession(TokenSession&& other) noexcept
    : functions_(other.functions_), handle_(std::exchange(other.handle_, CK_INVALID_HANDLE)) {}

TokenSession& TokenSession::operator=(TokenSession&& other) noexcept {
  // The other takes this session along and closes it.
  std::swap(functions_, other.functions_);
  std::swap(handle_, other.handle_);
  return *this;
}

absl::Status TokenSession::Check(absl::string_view function, CK_RV result) {
  if (result == CKR_SESSION_HANDLE_INVALID || result == CKR_SESSION_CLOSED || result == CKR_CRYPTOKI_NOT_INITIALIZED) {
    handle_ = CK_INVALID_HANDLE;
  }
  return CryptokiStatus(function, result);
}

absl::Status TokenSession::CheckLoggedIn() {
  CK_SESSION_INFO session = {};
  SIGNET_RETURN_IF_ERROR(Check("C_GetSessionInfo", functions_->C_GetSessionInfo(handle_, &session)));
  // Of a token whose storage vanished, SoftHSM's session still says that all is well; the token's description tells the truth.
  CK_TOKEN_INFO token = {};
  SIGNET_RETURN_IF_ERROR(Check("C_GetTokenInfo", functions_->C_GetTokenInfo(session.slotID, &token)));
  if (session.state != CKS_RO_USER_FUNCTIONS && session.state != CKS_RW_USER_FUNCTIONS) {
    return Check("C_GetSessionInfo", CKR_USER_NOT_LOGGED_IN);
  }
  return absl::OkStatus();
}

}  // namespace signet::hsm
