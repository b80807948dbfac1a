#ifndef SIGNET_HSM_TOKEN_SESSION_H_
#define SIGNET_HSM_TOKEN_SESSION_H_

#include <p11-kit/pkcs11.h>

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hsm/cryptoki_module.h"
#include "hsm/module_gate.h"
#include "hsm/module_quirks.h"

namespace signet::hsm {

enum class SessionMode { kReadOnly, kReadWrite };

// TokenSession is an open session, closed by its destructor. It carries at most one running operation, so it belongs to one thread
// at a time, and after an error it must be dropped: a half-finished operation must never meet the next caller. Must not outlive its
// module.
//
// A session has passed the module's gate, so that the module is not finalised while it is used; one that is kept for later is to
// be parked meanwhile. Who waits for another gate, such as that of objects, must wait for it before.
class TokenSession {
 public:
  //   kUnavailable  token absent, no session left, or the module is being initialised anew; safe to retry
  static absl::StatusOr<TokenSession> Open(const CryptokiModule& module, CK_SLOT_ID slot, SessionMode mode);

  ~TokenSession();
  TokenSession(TokenSession&& other) noexcept;
  TokenSession& operator=(TokenSession&& other) noexcept;

  const CK_FUNCTION_LIST& functions() const { return *functions_; }
  const ModuleQuirks& quirks() const { return module_->quirks(); }
  CK_SESSION_HANDLE handle() const { return handle_; }

  // Leaves the gate until Resume; the session must not be used meanwhile.
  void Park() { pass_.reset(); }
  // Passes the gate again. After an error drop the session.
  //   kUnavailable  the module was initialised anew, and the session is gone; or that is under way
  absl::Status Resume();

  // Turns the result of a call on this session into a status; every call's result passes here. A session that the module does not
  // know any more is not closed: its number can be another session's by now.
  absl::Status Check(absl::string_view function, CK_RV result);

  // Checks that the token is there and its user logged in; an empty search result proves nothing before.
  //   kUnavailable  it is not; IsStale if only the login is gone
  absl::Status CheckLoggedIn();

 private:
  TokenSession(const CryptokiModule& module, CK_SESSION_HANDLE handle, ModuleGate::Pass pass);

  // From now on there is nothing to close.
  void Forget();
  void Close();

  const CryptokiModule* module_;
  const CK_FUNCTION_LIST* functions_;
  CK_SESSION_HANDLE handle_;  // CK_INVALID_HANDLE: there is nothing to close.
  uint64_t generation_;
  std::optional<ModuleGate::Pass> pass_;  // None: parked.
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_TOKEN_SESSION_H_
