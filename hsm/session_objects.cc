#include "hsm/session_objects.h"

#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/cryptoki_error.h"

namespace signet::hsm {
namespace {

// As long as a signature waits for those who make keys.
constexpr absl::Duration kPatience = absl::Seconds(2);

}  // namespace

absl::StatusOr<std::shared_ptr<const SessionObject>> SessionObjects::Make(Maker make) {
  const size_t index = turn_.fetch_add(1, std::memory_order_relaxed) % places_.size();
  Place& place = places_[index];
  const TrySerialPass pass(place.gate, kPatience);
  if (!pass.is_in()) {
    return Error(absl::StatusCode::kUnavailable, reason::kHsmUnavailable, "another call unwraps a key, and takes long");
  }
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
  if (IsStale(handle.status())) {
    place.session.reset();
  } else {
    // What other keys there are depends on this session: a key that cannot be unwrapped is no reason to lose them.
    place.session->Park();
  }
  return handle.status();
}

absl::Status SessionObjects::Enter(Place& place) {
  const uint64_t login = token_.handles().generation();
  if (place.session && place.login == login && place.session->Resume().ok()) return absl::OkStatus();
  place.session.reset();
  ++place.sessions;
  place.login = login;
  SIGNET_ASSIGN_OR_RETURN(place.session, token_.OpenSession(SessionMode::kReadOnly));
  return absl::OkStatus();
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
    if (!pass.is_in() || !place.session || !place.session->Resume().ok()) {
      // Whoever is in there, or comes next, destroys them; if the session is gone, they are.
      has_unused_.store(true, std::memory_order_release);
      continue;
    }
    DestroyUnused(place);
    place.session->Park();
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
