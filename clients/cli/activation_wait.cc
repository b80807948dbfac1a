#include "clients/cli/activation_wait.h"

#include <algorithm>
#include <functional>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "clients/cli/duration.h"
#include "clients/cli/failure.h"

namespace signet::cli {
namespace {

// How often the server is asked before the time: somebody may end the waiting by force. Then, how often Signet, which looks every 2
// seconds itself, is looked at.
constexpr absl::Duration kPollInterval = absl::Seconds(30);
constexpr absl::Duration kShortPollInterval = absl::Seconds(1);

std::string LeftText(absl::Duration left) {
  if (left <= absl::ZeroDuration()) return "at any moment";
  return absl::StrCat("in ", WriteDuration(absl::Ceil(left, absl::Seconds(1))));
}

absl::Status Interrupted(absl::string_view message, absl::string_view hint) {
  return WithHint(Error(absl::StatusCode::kCancelled, kInterruptedReason, message), hint);
}

// Countdown tells how long it is until something, `what`: on a terminal again and again on one line, otherwise once.
class Countdown {
 public:
  Countdown(Session& session, std::string what, absl::Time time) : session_(session), what_(std::move(what)), time_(time) {
    if (!IsLive()) session_.Note(absl::StrCat(what_, " ", LeftText(Left())));
  }
  ~Countdown() {
    if (IsLive()) session_.Show("\r\x1b[K");
  }

  absl::Duration Left() const { return time_ - session_.Now(); }

  // Waits for `duration` at most, and not beyond the time. False if Ctrl-C came.
  bool Wait(absl::Duration duration) {
    const absl::Time end = session_.Now() + duration;
    const bool is_due = Left() <= absl::ZeroDuration();
    while (session_.Now() < end && (is_due || Left() > absl::ZeroDuration())) {
      absl::Duration step = is_due ? end - session_.Now() : std::min(end - session_.Now(), Left());
      if (IsLive()) {
        session_.Show(absl::StrCat("\r\x1b[K", what_, " ", LeftText(Left()), "; Ctrl-C ends the waiting"));
        step = std::min(step, absl::Seconds(1));
      }
      if (!wait_(step)) return false;
    }
    return true;
  }

 private:
  bool IsLive() const { return session_.ErrIsTerminal() && session_.format() == Format::kText; }

  Session& session_;
  const std::string what_;
  const absl::Time time_;
  // Kept all the while, so that Ctrl-C ends the waiting when the server is asked, too.
  const std::function<bool(absl::Duration)> wait_ = session_.InterruptibleWait();
};

}  // namespace

Parameter WaitParameter(absl::string_view doc) { return {.name = "wait", .kind = ParameterKind::kBool, .doc = std::string(doc)}; }

absl::Status AwaitActivation(Session& session, const v1::SigningKey& key) {
  v1::GetKeyRequest request;
  request.set_name(key.name());
  const std::string ring = key.name().substr(0, key.name().rfind("/keys/"));
  Countdown countdown(session, absl::StrCat("Key '", key.kid(), "' signs"),
                      session.Now() + session.TimeUntil(key.activatable_time()));
  for (;;) {
    const bool is_due = countdown.Left() <= absl::ZeroDuration();
    if (!countdown.Wait(is_due ? kShortPollInterval : kPollInterval)) {
      return Interrupted("no longer waiting; Signet goes on with the rotation by itself",
                         absl::StrCat("`signet preview security/rotation` and `signet get security/token-key --key ", key.kid(),
                                      "` show how it stands"));
    }
    const absl::StatusOr<v1::SigningKey> now = session.Call(&v1::KeyService::Stub::GetKey, request);
    // Signet does not need the program, nor its connection.
    if (absl::IsUnavailable(now.status()) || absl::IsDeadlineExceeded(now.status())) continue;
    if (!now.ok()) return now.status();
    if (now->state() == v1::SigningKey::ENABLED) return absl::OkStatus();
    if (now->state() != v1::SigningKey::DISABLED || now->role() == v1::SigningKey::PREVIOUS) {
      return absl::FailedPreconditionError(absl::StrCat("key '", key.kid(), "' is ", v1::SigningKey::State_Name(now->state()),
                                                        ": another change overtook the rotation"));
    }
  }
}

absl::Status AwaitActivatable(Session& session, absl::string_view kid, absl::Time time) {
  Countdown countdown(session, absl::StrCat("Key '", kid, "' can be enabled"), time);
  while (countdown.Left() > absl::ZeroDuration()) {
    if (!countdown.Wait(countdown.Left())) {
      return Interrupted("no longer waiting; nothing was changed", "repeat the command, then or with --wait");
    }
  }
  return absl::OkStatus();
}

}  // namespace signet::cli
