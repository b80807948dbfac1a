#include "hsm/spare_sessions.h"

#include <optional>
#include <utility>

#include "base/error.h"
#include "hsm/cryptoki_error.h"

namespace signet::hsm {

absl::Status SpareSessions::Run(absl::FunctionRef<absl::Status(TokenSession&)> work) {
  absl::Status status;
  {
    SIGNET_ASSIGN_OR_RETURN(Spare spare, Take());
    status = work(spare.session);
    if (status.ok()) Keep(std::move(spare));
  }
  // By now this thread is in no session, and sessions are closed outside of the lock.
  if (!IsPassing(status)) return status;
  std::vector<Spare> stale;
  MutexLock lock(mutex_);
  stale.swap(spares_);
  return status;
}

absl::StatusOr<SpareSessions::Spare> SpareSessions::Take() {
  SIGNET_RETURN_IF_ERROR(token_.CheckPinAccepted());
  const uint64_t login = token_.handles().generation();
  while (true) {
    std::optional<Spare> spare;  // One of another login, or that cannot be resumed, dies here.
    {
      MutexLock lock(mutex_);
      if (spares_.empty()) break;
      spare = std::move(spares_.back());
      spares_.pop_back();
    }
    if (spare->login == login && spare->session.Resume().ok()) return *std::move(spare);
  }
  SIGNET_ASSIGN_OR_RETURN(TokenSession session, token_.OpenSession(SessionMode::kReadOnly));
  return Spare{std::move(session), login};
}

void SpareSessions::Keep(Spare spare) {
  spare.session.Park();
  MutexLock lock(mutex_);
  if (spares_.size() < kMost) spares_.push_back(std::move(spare));
}

}  // namespace signet::hsm
