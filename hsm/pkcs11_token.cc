#include "hsm/pkcs11_token.h"

#include <string.h>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/cryptoki_error.h"
#include "hsm/slot_search.h"

namespace signet::hsm {

absl::StatusOr<std::unique_ptr<Pkcs11Token>> Pkcs11Token::Open(const std::string& module_path, absl::string_view token_label,
                                                               Secret pin) {
  // An empty PIN is never right, but could count as a failed try.
  if (pin.empty()) return InvalidField("pin", "the PIN of the token is empty");
  SIGNET_ASSIGN_OR_RETURN(std::unique_ptr<CryptokiModule> module, CryptokiModule::Load(module_path));
  SIGNET_ASSIGN_OR_RETURN(const CK_SLOT_ID slot, FindSlot(*module, token_label));
  SIGNET_ASSIGN_OR_RETURN(TokenMechanisms mechanisms, TokenMechanisms::Read(*module, slot));
  std::unique_ptr<Pkcs11Token> token(new Pkcs11Token(std::move(module), slot, std::move(mechanisms), std::move(pin)));
  SIGNET_RETURN_IF_ERROR(token->EnsureLogin());
  return token;
}

absl::Status Pkcs11Token::CheckSupported(Algorithm algorithm) const {
  if (mechanisms_.Supports(algorithm)) return absl::OkStatus();
  const std::string name(GetAlgorithmInfo(algorithm).name);
  return Error(absl::StatusCode::kUnimplemented, reason::kHsmUnsupported, absl::StrCat("the token does not support ", name),
               {{"algorithm", name}});
}

absl::Status Pkcs11Token::CheckPinAccepted() const {
  if (!pin_refused_) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, reason::kHsmPinRefused,
               "the token refused the PIN, which is not tried again: restart with the right one");
}

absl::StatusOr<TokenSession> Pkcs11Token::OpenSession(SessionMode mode) {
  SIGNET_RETURN_IF_ERROR(CheckPinAccepted());
  return TokenSession::Open(*module_, slot_, mode);
}

absl::Status Pkcs11Token::EnsureLogin() {
  SerialPass pass(login_gate_);
  SIGNET_RETURN_IF_ERROR(CheckPinAccepted());
  if (sentinel_) {
    absl::Status status = sentinel_->CheckLoggedIn();
    // If all is well, another thread was faster, or only a handle was stale.
    if (status.ok() || !IsStale(status)) return status;
  }
  return LogIn();
}

absl::Status Pkcs11Token::CheckPinMayBeTried() const {
  CK_TOKEN_INFO token = {};
  SIGNET_RETURN_IF_ERROR(CryptokiStatus("C_GetTokenInfo", module_->functions().C_GetTokenInfo(slot_, &token)));
  absl::string_view trouble;
  if ((token.flags & CKF_USER_PIN_LOCKED) != 0) {
    trouble = "the token has locked the PIN: have its security officer unlock it";
  } else if ((token.flags & CKF_USER_PIN_TO_BE_CHANGED) != 0) {
    trouble = "the token wants its PIN changed: change it";
  } else if ((token.flags & CKF_USER_PIN_FINAL_TRY) != 0) {
    trouble = "the token has one try of the PIN left, which is not used up here: log in once";
  } else {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kFailedPrecondition, reason::kHsmPinRefused,
               absl::StrCat(trouble, " with the vendor's tool, check the PIN that is configured, and restart"));
}

absl::Status Pkcs11Token::LogIn() {
  SIGNET_RETURN_IF_ERROR(CheckPinMayBeTried());
  SIGNET_ASSIGN_OR_RETURN(TokenSession session, TokenSession::Open(*module_, slot_, SessionMode::kReadOnly));
  // Before the login, so that what is found from then on stays known.
  handles_.Clear();
  std::string pin(pin_.Expose());  // Cryptoki has no const.
  const CK_RV result =
      session.functions().C_Login(session.handle(), CKU_USER, reinterpret_cast<CK_UTF8CHAR*>(pin.data()), pin.size());
  explicit_bzero(pin.data(), pin.size());
  if (result != CKR_USER_ALREADY_LOGGED_IN) {
    const absl::Status status = session.Check("C_Login", result);
    if (GetReason(status) == reason::kHsmPinRefused) pin_refused_ = true;
    SIGNET_RETURN_IF_ERROR(status);
  }
  sentinel_ = std::move(session);
  return absl::OkStatus();
}

absl::Status Pkcs11Token::RunOnSession(SessionMode mode, absl::FunctionRef<absl::Status(TokenSession&)> work) {
  {
    SIGNET_ASSIGN_OR_RETURN(TokenSession session, OpenSession(mode));
    absl::Status status = work(session);
    if (status.ok() || !IsStale(status)) return status;
  }
  SIGNET_RETURN_IF_ERROR(EnsureLogin());
  SIGNET_ASSIGN_OR_RETURN(TokenSession session, OpenSession(mode));
  return work(session);
}

}  // namespace signet::hsm
