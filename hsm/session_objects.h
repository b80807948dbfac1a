#ifndef SIGNET_HSM_SESSION_OBJECTS_H_
#define SIGNET_HSM_SESSION_OBJECTS_H_

#include <p11-kit/pkcs11.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "hsm/pkcs11_token.h"
#include "hsm/serial_gate.h"
#include "hsm/token_session.h"

namespace signet::hsm {

// SessionObject is an object of a session that SessionObjects keeps open. Any session of the process can use it. The numbers of
// one that is not alive any more can be another's.
struct SessionObject {
  CK_OBJECT_HANDLE handle;
  // Which session made it: where, after how many others, and under which login.
  size_t place;
  uint64_t session;
  uint64_t login;
};

// SessionObjects keeps sessions open for the objects that are made in them, as these die with them. A session is replaced when it
// or the login was lost, or the module was initialised anew; then all that it had made is gone. Thread-safe.
class SessionObjects {
 public:
  // Borrows `token`.
  explicit SessionObjects(Pkcs11Token& token) : token_(token) {}
  // Nobody may use its objects any more.
  ~SessionObjects() = default;
  SessionObjects(const SessionObjects&) = delete;
  SessionObjects& operator=(const SessionObjects&) = delete;

  // Has `make` make an object in one of the sessions, one in which nobody is where there is one. `make` must leave no operation
  // active in it, also when it fails. The caller must be in no session. Once the last pointer has gone, the next Make or Sweep
  // destroys the object.
  //   kUnavailable  HSM_UNAVAILABLE: the token failed, or other calls are in all sessions for too long; safe to retry
  //   as make
  using Maker = absl::FunctionRef<absl::StatusOr<CK_OBJECT_HANDLE>(TokenSession& session)>;
  absl::StatusOr<std::shared_ptr<const SessionObject>> Make(Maker make);  // Shared: by those who sign with it.

  // Tells whether the token still holds the object, as far as is known. What its handle was used for before counts only if it does:
  // the object is known to be gone before its number can become another's.
  bool IsAlive(const SessionObject& object) const;

  // Destroys what nobody uses any more. The caller must be in no session. Costs a look at memory if there is nothing to do.
  void Sweep();

 private:
  // Place is where one session is, and the next one once that is lost.
  struct Place {
    SerialGate gate;
    // The following are for whoever is in the gate. Parked outside of it.
    std::optional<TokenSession> session;
    uint64_t login = 0;

    // How many sessions it has lost; what those had made is gone.
    std::atomic<uint64_t> sessions = 0;
    Mutex mutex;
    std::vector<SessionObject> unused ABSL_GUARDED_BY(mutex);
  };

  // The following are for who is in the place's gate.
  absl::StatusOr<std::shared_ptr<const SessionObject>> MakeIn(size_t index, Maker make);
  absl::Status Enter(Place& place);
  // Gives up the session and all that it has made.
  void Drop(Place& place);
  void DestroyUnused(Place& place);

  void Bury(const SessionObject& object);

  Pkcs11Token& token_;
  // Some, so that one key is not waited for while another one is unwrapped.
  std::array<Place, 4> places_;
  std::atomic<uint64_t> turn_ = 0;
  std::atomic<bool> has_unused_ = false;
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_SESSION_OBJECTS_H_
