#ifndef SIGNET_HSM_PKCS11_TOKEN_H_
#define SIGNET_HSM_PKCS11_TOKEN_H_

#include <p11-kit/pkcs11.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/secret.h"
#include "hsm/algorithm.h"
#include "hsm/cryptoki_module.h"
#include "hsm/handle_cache.h"
#include "hsm/hsm.h"
#include "hsm/recovery.h"
#include "hsm/serial_gate.h"
#include "hsm/token_mechanisms.h"
#include "hsm/token_session.h"

namespace signet::hsm {

// Pkcs11Token is the one token that a Pkcs11Hsm and its signers share, and its login.
//
// A login belongs to the whole process and ends with its last session, so a sentinel session stays open and does nothing else. The
// PIN is tried again only after a login that succeeded was lost; once the token has refused it, never; nor the
// last time that the token allows. Thread-safe.
//
// What is lost is recovered in two stages. A session, a login or a handle that has gone stale is replaced by the caller who
// noticed. A module that is no use any more (a token that was away, a remote module whose server was) is finalised and initialised,
// the slot found again by its label, and the login renewed, by a thread of its own. Calls wait a second for that at most, and not
// at all once an attempt has failed.
//
// Gates are entered in this order: that of objects, that of the login, the module's (by a session).
class Pkcs11Token {
 public:
  // Loads the module, finds the token and logs in. Errors as Pkcs11Hsm::Create.
  static absl::StatusOr<std::unique_ptr<Pkcs11Token>> Open(const std::string& module_path, std::string module_parameters,
                                                           absl::string_view token_label, Secret pin);

  // Checks that the token supports `algorithm`.
  //   kUnimplemented  HSM_UNSUPPORTED, with the metadata `algorithm`
  absl::Status CheckSupported(Algorithm algorithm) const;
  bool Supports(Algorithm algorithm) const { return mechanisms_.Supports(algorithm); }
  const TokenMechanisms& mechanisms() const { return mechanisms_; }

  // Checks that the token has not refused the PIN. Does not call it.
  //   kFailedPrecondition  HSM_PIN_REFUSED
  absl::Status CheckPinAccepted() const;

  // Opens a session, logged in as all are.
  //   kFailedPrecondition  HSM_PIN_REFUSED
  //   kUnavailable         token absent, or no session left; safe to retry
  absl::StatusOr<TokenSession> OpenSession(SessionMode mode);

  // Asks the token whether it is present and logged in, and repairs what is not: logs in again if only the login was lost, and
  // otherwise waits for the recovery of the module for as long as a caller may; all handles are forgotten then. To be called after
  // an error that may pass (IsPassing), in no session; then open a new session and try once more.
  //   kFailedPrecondition  HSM_PIN_REFUSED
  //   kUnavailable         the token is absent or failed, and is being recovered; safe to retry
  absl::Status EnsureWorking();

  // Notes how a signature went in the end, unless it waited for others in vain. A token that says that all is well while signature
  // after signature fails is recovered by the next EnsureWorking.
  void NoteSignature(const absl::Status& outcome);

  // Runs `work` on a session of its own, and once more on a new one if the first failed in a way that may pass.
  // `work` must bear being repeated; its errors are returned.
  absl::Status RunOnSession(SessionMode mode, absl::FunctionRef<absl::Status(TokenSession&)> work);

  HsmStatistics statistics() const;

  // Passed by whoever generates, destroys or searches for objects. SoftHSM loses sight of keys that are generated at the same time,
  // and of 12,500 generations beside searches 2 failed with CKR_GENERAL_ERROR; with the gate none of 20,000 did.
  // What is unwrapped is neither searched for nor a token object, and does not pass it: SoftHSM keeps such objects in memory, and a
  // signature with a key that is not unwrapped would wait for every RSA key that is generated.
  // Who waits for longer than makes sense, as a call of the one inside hangs, is to say so.
  SerialGate& object_gate() { return object_gate_; }
  //   kUnavailable  HSM_UNAVAILABLE: safe to retry, but not by the one who has waited
  static absl::Status ObjectsAreBusy();
  static bool AreObjectsBusy(const absl::Status& status) { return status == ObjectsAreBusy(); }

  // The handles of private keys that hold for the current login.
  HandleCache& handles() { return handles_; }

 private:
  Pkcs11Token(std::unique_ptr<CryptokiModule> module, std::string label, CK_SLOT_ID slot, TokenMechanisms mechanisms, Secret pin);

  // Asks the token, so that a supervisor that restarts the process with a wrong PIN cannot use up the last try.
  //   kFailedPrecondition  HSM_PIN_REFUSED: one try is left, the PIN is locked, or it must be changed
  absl::Status CheckPinMayBeTried(const TokenSession& session) const;
  absl::Status CheckLogin() ABSL_EXCLUSIVE_LOCKS_REQUIRED(login_gate_);
  absl::Status LogIn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(login_gate_);
  // What the thread of recovery does.
  absl::Status Reinitialize();
  absl::Status ReinitializeInGate() ABSL_EXCLUSIVE_LOCKS_REQUIRED(login_gate_);
  absl::StatusOr<CK_SLOT_ID> FindSlotAgain() const;
  // Tells whether signatures have failed for long enough to doubt what the token says of itself; not again for a while.
  bool IsSuspicious() ABSL_EXCLUSIVE_LOCKS_REQUIRED(login_gate_);

  const std::unique_ptr<CryptokiModule> module_;  // First: finalised after the last session has been closed.
  const std::string label_;
  std::atomic<CK_SLOT_ID> slot_;
  const TokenMechanisms mechanisms_;
  const Secret pin_;
  HandleCache handles_;
  std::atomic<bool> pin_refused_ = false;
  std::atomic<int> failures_in_a_row_ = 0;
  SerialGate object_gate_;

  SerialGate login_gate_;
  std::optional<TokenSession> sentinel_ ABSL_GUARDED_BY(login_gate_);
  absl::Time last_suspicion_ ABSL_GUARDED_BY(login_gate_) = absl::InfinitePast();

  Recovery recovery_;  // Last: its thread uses all of the above.
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_PKCS11_TOKEN_H_
