#ifndef SIGNET_HSM_TOKEN_SESSION_H_
#define SIGNET_HSM_TOKEN_SESSION_H_

#include <p11-kit/pkcs11.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hsm/cryptoki_module.h"

namespace signet::hsm {

enum class SessionMode { kReadOnly, kReadWrite };

// TokenSession is an open session, closed by its destructor. It carries at most one running operation, so it belongs to one thread
// at a time, and after an error it must be dropped: a half-finished operation must never meet the next caller. Must not outlive its
// module.
class TokenSession {
 public:
  //   kUnavailable  token absent, or no session left; safe to retry
  static absl::StatusOr<TokenSession> Open(const CryptokiModule& module, CK_SLOT_ID slot, SessionMode mode);

  ~TokenSession();
  TokenSession(TokenSession&& other) noexcept;
  TokenSession& operator=(TokenSession&& other) noexcept;

  const CK_FUNCTION_LIST& functions() const { return *functions_; }
  CK_SESSION_HANDLE handle() const { return handle_; }

  // Turns the result of a call on this session into a status; every call's result passes here. A session that the module does not
  // know any more is not closed: its number can be another session's by now.
  absl::Status Check(absl::string_view function, CK_RV result);

  // Checks that the token is there and its user logged in; an empty search result proves nothing before.
  //   kUnavailable  it is not; IsStale if only the login is gone
  absl::Status CheckLoggedIn();

 private:
  TokenSession(const CK_FUNCTION_LIST* functions, CK_SESSION_HANDLE handle) : functions_(functions), handle_(handle) {}

  const CK_FUNCTION_LIST* functions_;
  CK_SESSION_HANDLE handle_;  // CK_INVALID_HANDLE: there is nothing to close.
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_TOKEN_SESSION_H_
