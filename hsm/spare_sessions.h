#ifndef SIGNET_HSM_SPARE_SESSIONS_H_
#define SIGNET_HSM_SPARE_SESSIONS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "hsm/pkcs11_token.h"
#include "hsm/token_session.h"

namespace signet::hsm {

// SpareSessions lends sessions for a few calls each, and keeps them open for whoever comes next: whenever a session is closed,
// SoftHSM looks at each object of all the others, so that with many unwrapped keys to close one takes longer than all else.
// Thread-safe.
class SpareSessions {
 public:
  // How many are kept; as many as there are workers with the default configuration.
  static constexpr size_t kMost = 16;

  // Borrows `token`.
  explicit SpareSessions(Pkcs11Token& token) : token_(token) {}
  SpareSessions(const SpareSessions&) = delete;
  SpareSessions& operator=(const SpareSessions&) = delete;

  // Calls `work` with a session for reading, in which nobody else is. After an error it is closed, as it could keep an active
  // operation; after one that may pass, those that are kept are, too, as they could be as stale. The caller must be in no session.
  //   as Pkcs11Token::OpenSession, and as `work`
  absl::Status Run(absl::FunctionRef<absl::Status(TokenSession& session)> work);

 private:
  struct Spare {
    TokenSession session;  // Parked.
    uint64_t login;        // Under which it was opened.
  };

  absl::StatusOr<Spare> Take();
  void Keep(Spare spare);

  Pkcs11Token& token_;
  Mutex mutex_;
  std::vector<Spare> spares_ ABSL_GUARDED_BY(mutex_);  // The last used last.
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_SPARE_SESSIONS_H_
