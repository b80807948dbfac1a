#include "clients/cli/watch_commands.h"

#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "clients/cli/duration.h"
#include "clients/cli/parameters.h"
#include "clients/cli/session.h"
#include "clients/cli/signing_key.h"
#include "clients/cli/text.h"

namespace signet::cli {
namespace {

using KeyStub = v1::KeyService::Stub;

constexpr absl::Duration kShortestPause = absl::Seconds(1);
constexpr absl::Duration kLongestPause = absl::Seconds(5);

// Progress is how far a watch has come, over all its connections.
struct Progress {
  // The request that goes on behind what was received.
  v1::WatchKeysRequest request;
  // How many changes are still wanted; nullopt means all.
  std::optional<int> left;
  bool has_received = false;
  absl::Duration pause = kShortestPause;
  // The stream was opened again because its token was refused.
  bool has_new_token = false;
};

// The columns are as wide as the usual names and thumbprints: what comes later is not known yet.
std::string LineOf(const v1::WatchKeysResponse& change) {
  constexpr size_t kActionWidth = 16;
  constexpr size_t kThumbprintWidth = 43;
  constexpr size_t kStateWidth = 8;
  return absl::StrCat(DateOf(change.time()), " ", Padded(change.action(), kActionWidth), " ",
                      Padded(IdOf(change.key().name()), kThumbprintWidth), " ",
                      Padded(v1::SigningKey::State_Name(change.key().state()), kStateWidth), " ", RoleText(change.key().role()));
}

// Prints changes until there are enough, or the stream ends; OK if it ended well.
absl::Status Follow(Session& session, client::Stream<v1::WatchKeysResponse>& stream, Progress& progress) {
  while (progress.left != 0) {
    SIGNET_ASSIGN_OR_RETURN(const std::optional<v1::WatchKeysResponse> change, stream.Next());
    if (!change) return absl::OkStatus();
    progress.has_received = true;
    progress.has_new_token = false;
    progress.pause = kShortestPause;
    // Only where the stream begins.
    const bool is_change = change->has_time();
    if (is_change && !session.printer().PrintEvent(*change, LineOf(*change))) {
      return absl::UnknownError("standard output cannot be written");
    }
    // Behind what is printed: to print a change again is better than to lose it.
    progress.request.set_resume_token(change->resume_token());
    session.Tell("Resume token", change->resume_token());
    if (is_change && progress.left) --*progress.left;
  }
  return absl::OkStatus();
}

absl::Status Watch(Session& session) {
  const Values& values = session.values();
  Progress progress;
  if (values.Has("count")) {
    SIGNET_ASSIGN_OR_RETURN(progress.left, ParseCount("count", values.Get("count")));
  }
  SIGNET_ASSIGN_OR_RETURN(*progress.request.mutable_name(), values.Has("ring") ? session.Ring() : session.Tenant());
  progress.request.set_resume_token(values.Get("resume-token"));
  while (true) {
    SIGNET_ASSIGN_OR_RETURN(const auto stream, session.Open(&KeyStub::WatchKeys, progress.request));
    const absl::Status end = Follow(session, *stream, progress);
    if (GetReason(end) == reason::kBearerTokenInvalid && !progress.has_new_token) {
      progress.has_new_token = true;
      continue;
    }
    // A server that never answered is more likely a wrong address than one that restarts.
    if (end.code() != absl::StatusCode::kUnavailable || !progress.has_received) {
      if (end.ok()) session.printer().PrintEnd();
      return end;
    }
    session.Note(absl::StrCat("The stream broke off: ", end.message(), "; trying again in ", WriteDuration(progress.pause)));
    session.Sleep(progress.pause);
    progress.pause = std::min(2 * progress.pause, kLongestPause);
  }
}

}  // namespace

std::vector<Command> WatchCommands() {
  return {
      {"watch", "security/token-key",
       "Follow the changes of signing keys. Each is one line: time, action, key, state and role; with --format json, one JSON "
       "object. Runs until Ctrl-C; where the connection breaks off, or the server restarts, it goes on behind the last change.",
       Join({{{.name = "resume-token",
               .value = "TOKEN",
               .doc = "Begin behind the message with this token, which JSON and --verbose show. Default: begin with what changes "
                      "from now on."},
              {.name = "count", .value = "N", .doc = "End after so many changes."},
              {.name = "ring",
               .value = "NAME",
               .doc = "Only this key ring. Default: all of the tenant.",
               .offer = Offer::kKeyRings}},
             ScopeParameters()}),
       Watch},
  };
}

}  // namespace signet::cli
