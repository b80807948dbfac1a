#include "hsm/pkcs11_token.h"

#include <string.h>

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/cryptoki_error.h"
#include "hsm/slot_search.h"

namespace signet::hsm {
namespace {

// How long a caller waits for another one's login, or for a recovery.
constexpr absl::Duration kPatience = absl::Seconds(1);
// So many signatures must fail in a row, each of them twice, before a token that says that all is well is not believed; once in
// that time, as it can be the one key in use that is broken.
constexpr int kSuspiciousFailures = 8;
constexpr absl::Duration kSuspicionInterval = absl::Minutes(1);

absl::Status Unavailable(absl::string_view message) {
  return Error(absl::StatusCode::kUnavailable, reason::kHsmUnavailable, message);
}

}  // namespace

Pkcs11Token::Pkcs11Token(std::unique_ptr<CryptokiModule> module, std::string label, CK_SLOT_ID slot, TokenMechanisms mechanisms,
                         Secret pin)
    : module_(std::move(module)),
      label_(std::move(label)),
      slot_(slot),
      mechanisms_(std::move(mechanisms)),
      pin_(std::move(pin)),
      recovery_(Recovery::Options(), [this] { return Reinitialize(); }) {}

absl::StatusOr<std::unique_ptr<Pkcs11Token>> Pkcs11Token::Open(const std::string& module_path, std::string module_parameters,
                                                               absl::string_view token_label, Secret pin) {
  // An empty PIN is never right, but could count as a failed try.
  if (pin.empty()) return InvalidField("pin", "the PIN of the token is empty");
  SIGNET_ASSIGN_OR_RETURN(std::unique_ptr<CryptokiModule> module, CryptokiModule::Load(module_path, std::move(module_parameters)));
  SIGNET_ASSIGN_OR_RETURN(const CK_SLOT_ID slot, FindSlot(*module, token_label));
  SIGNET_ASSIGN_OR_RETURN(TokenMechanisms mechanisms, TokenMechanisms::Read(*module, slot));
  std::unique_ptr<Pkcs11Token> token(
      new Pkcs11Token(std::move(module), std::string(token_label), slot, std::move(mechanisms), std::move(pin)));
  // At the start a token that fails is told of at once, not recovered.
  SerialPass pass(token->login_gate_);
  SIGNET_RETURN_IF_ERROR(token->LogIn());
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

absl::Status Pkcs11Token::EnsureWorking() {
  const uint64_t recoveries = recovery_.successes();
  SIGNET_RETURN_IF_ERROR(CheckPinAccepted());
  if (!recovery_.under_way()) {
    if (!login_gate_.TryEnter(kPatience)) return Unavailable("another call waits for the token's login");
    const absl::Status status = CheckLogin();
    login_gate_.Leave();
    if (!IsPassing(status)) return status;
  }
  return recovery_.Await(recoveries, kPatience);
}

absl::Status Pkcs11Token::CheckLogin() {
  if (sentinel_) {
    absl::Status status = sentinel_->Resume();
    if (status.ok()) status = sentinel_->CheckLoggedIn();
    sentinel_->Park();
    if (status.ok() && IsSuspicious()) return Unavailable("the token says that all is well, and does not sign");
    // If all is well, another thread was faster, or only a handle was stale.
    if (status.ok() || !IsStale(status)) return status;
  }
  return LogIn();
}

absl::Status Pkcs11Token::ObjectsAreBusy() {
  return Unavailable("another call makes, destroys or searches for keys, and takes long");
}

void Pkcs11Token::NoteSignature(const absl::Status& outcome) {
  if (IsPassing(outcome)) {
    // No recovery mends it: as long as their call is in the module, that cannot be finalised.
    if (AreObjectsBusy(outcome)) return;
    failures_in_a_row_.fetch_add(1, std::memory_order_relaxed);
  } else if (failures_in_a_row_.load(std::memory_order_relaxed) != 0) {
    failures_in_a_row_.store(0, std::memory_order_relaxed);
  }
}

bool Pkcs11Token::IsSuspicious() {
  if (failures_in_a_row_.load(std::memory_order_relaxed) < kSuspiciousFailures) return false;
  const absl::Time now = absl::UnixEpoch() + absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
  if (now - last_suspicion_ < kSuspicionInterval) return false;
  last_suspicion_ = now;
  return true;
}

absl::Status Pkcs11Token::Reinitialize() {
  if (!login_gate_.TryEnter(kPatience)) return Unavailable("a call hangs in the token's login");
  const absl::Status status = ReinitializeInGate();
  login_gate_.Leave();
  return status;
}

absl::Status Pkcs11Token::ReinitializeInGate() {
  SIGNET_RETURN_IF_ERROR(CheckPinAccepted());
  // Before anybody can open a session: the numbers of handles begin anew, and would be those of other keys.
  SIGNET_RETURN_IF_ERROR(module_->Reinitialize([this] { handles_.Clear(); }));
  sentinel_.reset();
  SIGNET_ASSIGN_OR_RETURN(const CK_SLOT_ID slot, FindSlotAgain());
  slot_ = slot;
  failures_in_a_row_ = 0;
  return LogIn();
}

absl::StatusOr<CK_SLOT_ID> Pkcs11Token::FindSlotAgain() const {
  const std::optional<ModuleGate::Pass> pass = module_->gate().Enter();
  if (!pass) return Unavailable("the PKCS#11 module is being initialised anew");
  absl::StatusOr<CK_SLOT_ID> slot = FindSlot(*module_, label_);
  // The label was right once: it is the token that is not there, or not alone.
  if (!slot.ok()) return Unavailable(slot.status().message());
  return slot;
}

HsmStatistics Pkcs11Token::statistics() const {
  return {
      .recoveries = recovery_.successes(), .failed_recoveries = recovery_.failures(), .open_sessions = module_->open_sessions()};
}

absl::Status Pkcs11Token::CheckPinMayBeTried(const TokenSession& session) const {
  CK_TOKEN_INFO token = {};
  SIGNET_RETURN_IF_ERROR(CryptokiStatus("C_GetTokenInfo", session.functions().C_GetTokenInfo(slot_, &token)));
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
  // A sentinel that is no use keeps no login alive.
  sentinel_.reset();
  SIGNET_ASSIGN_OR_RETURN(TokenSession session, TokenSession::Open(*module_, slot_, SessionMode::kReadOnly));
  SIGNET_RETURN_IF_ERROR(CheckPinMayBeTried(session));
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
  session.Park();
  sentinel_ = std::move(session);
  return absl::OkStatus();
}

absl::Status Pkcs11Token::RunOnSession(SessionMode mode, absl::FunctionRef<absl::Status(TokenSession&)> work) {
  const auto attempt = [&]() -> absl::Status {
    SIGNET_ASSIGN_OR_RETURN(TokenSession session, OpenSession(mode));
    return work(session);
  };
  absl::Status status = attempt();
  if (!IsPassing(status)) return status;
  SIGNET_RETURN_IF_ERROR(EnsureWorking());
  return attempt();
}

}  // namespace signet::hsm
