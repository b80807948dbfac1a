#include "hsm/token_session.h"

#include <utility>

#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/cryptoki_error.h"

namespace signet::hsm {

namespace {

absl::Status BeingInitialized() {
  return Error(absl::StatusCode::kUnavailable, reason::kHsmUnavailable, "the PKCS#11 module is being initialised anew");
}

}  // namespace

TokenSession::TokenSession(const CryptokiModule& module, CK_SESSION_HANDLE handle, ModuleGate::Pass pass)
    : module_(&module), functions_(&module.functions()), handle_(handle), generation_(pass.generation()), pass_(std::move(pass)) {
  module_->CountSessions(1);
}

absl::StatusOr<TokenSession> TokenSession::Open(const CryptokiModule& module, CK_SLOT_ID slot, SessionMode mode) {
  std::optional<ModuleGate::Pass> pass = module.gate().Enter();
  if (!pass) return BeingInitialized();
  // CKF_SERIAL_SESSION is required, for historical reasons (PKCS#11 2.40 section 5.6).
  const CK_FLAGS flags = CKF_SERIAL_SESSION | (mode == SessionMode::kReadWrite ? CKF_RW_SESSION : 0);
  CK_SESSION_HANDLE handle = CK_INVALID_HANDLE;
  const CK_RV result = module.functions().C_OpenSession(slot, flags, nullptr, nullptr, &handle);
  SIGNET_RETURN_IF_ERROR(CryptokiStatus("C_OpenSession", result));
  return TokenSession(module, handle, *std::move(pass));
}

TokenSession::~TokenSession() { Close(); }

TokenSession::TokenSession(TokenSession&& other) noexcept
    : module_(other.module_),
      functions_(other.functions_),
      handle_(std::exchange(other.handle_, CK_INVALID_HANDLE)),
      generation_(other.generation_),
      pass_(std::exchange(other.pass_, std::nullopt)) {}

TokenSession& TokenSession::operator=(TokenSession&& other) noexcept {
  // The other takes this session along and closes it.
  std::swap(module_, other.module_);
  std::swap(functions_, other.functions_);
  std::swap(handle_, other.handle_);
  std::swap(generation_, other.generation_);
  std::swap(pass_, other.pass_);
  return *this;
}

absl::Status TokenSession::Resume() {
  pass_ = module_->gate().Enter();
  if (!pass_) return BeingInitialized();
  if (pass_->generation() == generation_) return absl::OkStatus();
  // There is nothing to be in the gate for, and it must not be kept open by a session that is dead.
  Park();
  // Its number can be another session's by now.
  return Check("C_Initialize", CKR_SESSION_HANDLE_INVALID);
}

void TokenSession::Forget() {
  if (std::exchange(handle_, CK_INVALID_HANDLE) != CK_INVALID_HANDLE) module_->CountSessions(-1);
}

void TokenSession::Close() {
  if (handle_ == CK_INVALID_HANDLE) return;
  // Where the gate stays closed, the session dies with the others.
  if (pass_ || Resume().ok()) functions_->C_CloseSession(handle_);
  Forget();
}

absl::Status TokenSession::Check(absl::string_view function, CK_RV result) {
  if (result == CKR_SESSION_HANDLE_INVALID || result == CKR_SESSION_CLOSED || result == CKR_CRYPTOKI_NOT_INITIALIZED) {
    Forget();
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
