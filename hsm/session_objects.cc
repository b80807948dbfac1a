#include "hsm/session_objects.h"

#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/cryptoki_error.h"

namespace signet::hsm {
namespace {

// As long as a signature waits for those who make keys.
constexpr absl::Duration kPatience = absl::Seconds(2);

// Tells whether a session is no use any more, after a call on it failed so. What other objects there are depends on it: that one of
// them, or the key that unwraps it, is not there any more is no reason to lose them all.
bool IsLost(const TokenSession& session, const absl::Status& status) {
  return session.handle() == CK_INVALID_HANDLE || GetCkr(status) == CkrName(CKR_USER_NOT_LOGGED_IN);
}

}  // namespace

absl::StatusOr<std::shared_ptr<const SessionObject>> SessionObjects::Make(Maker make) {
  const size_t turn = turn_.fetch_add(1, std::memory_order_relaxed);
  for (size_t i = 0; i < places_.size(); ++i) {
    const size_t index = (turn + i) % places_.size();
    // A call that hangs in one place costs the others nothing.
    const TrySerialPass pass(places_[index].gate, absl::ZeroDuration());
    if (pass.is_in()) return MakeIn(index, make);
  }
  const size_t index = turn % places_.size();
  const TrySerialPass pass(places_[index].gate, kPatience);
  if (pass.is_in()) return MakeIn(index, make);
  return Error(absl::StatusCode::kUnavailable, reason::kHsmUnavailable, "other calls unwrap keys, and take long");
}

absl::StatusOr<std::shared_ptr<const SessionObject>> SessionObjects::MakeIn(size_t index, Maker make) {
  Place& place = places_[index];
  SIGNET_RETURN_IF_ERROR(Enter(place));
  DestroyUnused(place);
  const absl::StatusOr<CK_OBJECT_HANDLE> handle = make(*place.session);
  if (handle.ok()) {
    place.session->Park();
    auto bury = [this](const SessionObject* object) {
      Bury(*object);
      delete object;
    };
    return std::shared_ptr<const SessionObject>(new SessionObject{*handle, index, place.sessions, place.login}, bury);
  }
  if (IsLost(*place.session, handle.status())) {
    Drop(place);
  } else {
    place.session->Park();
  }
  return handle.status();
}

absl::Status SessionObjects::Enter(Place& place) {
  const uint64_t login = token_.handles().generation();
  if (place.session && place.login == login && place.session->Resume().ok()) return absl::OkStatus();
  Drop(place);
  place.login = login;
  SIGNET_ASSIGN_OR_RETURN(place.session, token_.OpenSession(SessionMode::kReadOnly));
  return absl::OkStatus();
}

void SessionObjects::Drop(Place& place) {
  // Before the session is closed, as the token may give the numbers of its objects to others from then on.
  ++place.sessions;
  place.session.reset();
  MutexLock lock(place.mutex);
  place.unused.clear();
}

bool SessionObjects::IsAlive(const SessionObject& object) const {
  return object.session == places_[object.place].sessions.load(std::memory_order_acquire) &&
         object.login == token_.handles().generation();
}

void SessionObjects::Bury(const SessionObject& object) {
  Place& place = places_[object.place];
  MutexLock lock(place.mutex);
  place.unused.push_back(object);
  has_unused_.store(true, std::memory_order_release);
}

void SessionObjects::Sweep() {
  if (!has_unused_.load(std::memory_order_acquire) || !has_unused_.exchange(false)) return;
  for (Place& place : places_) {
    {
      MutexLock lock(place.mutex);
      if (place.unused.empty()) continue;
    }
    const TrySerialPass pass(place.gate, absl::ZeroDuration());
    if (!pass.is_in()) {
      // Left to the next one, as whoever is in there may be through with it.
      has_unused_.store(true, std::memory_order_release);
    } else if (place.session && place.session->Resume().ok()) {
      DestroyUnused(place);
      place.session->Park();
    } else {
      // With its session they are gone. One that could not be resumed must not stay in the module's gate, either.
      Drop(place);
    }
  }
}

void SessionObjects::DestroyUnused(Place& place) {
  std::vector<SessionObject> unused;
  {
    MutexLock lock(place.mutex);
    unused.swap(place.unused);
  }
  for (const SessionObject& object : unused) {
    if (!IsAlive(object)) continue;
    // One that the token does not destroy dies with its session.
    place.session->functions().C_DestroyObject(place.session->handle(), object.handle);
  }
}

}  // namespace signet::hsm
