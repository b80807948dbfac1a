#include "server/core/wrapping_keys.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <tuple>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "keystore/record_json.h"
#include "server/core/audit.h"
#include "server/core/commit.h"
#include "server/core/idempotency.h"
#include "server/core/names.h"
#include "server/core/page_token.h"
#include "server/core/wrapping_key_creation.h"

namespace signet::core {
namespace {

using keystore::WrappingKeyRecord;
using keystore::WrappingKeyState;
using keystore::WrappingKeyUid;

// Of their request_ids; no tenant can be called so.
constexpr char kScope[] = "wrapping keys";

absl::StatusOr<WrappingKeyRecord> Find(keystore::KeyStore& store, const WrappingKeyUid& uid) {
  SIGNET_ASSIGN_OR_RETURN(const std::vector<WrappingKeyRecord> keys, store.ListWrappingKeys());
  const auto found = std::ranges::find(keys, uid, &WrappingKeyRecord::uid);
  if (found != keys.end()) return *found;
  const std::string name = FormatWrappingKeyName(uid);
  return Error(absl::StatusCode::kNotFound, reason::kKeyNotFound, absl::StrCat("there is no ", name), {{"wrapping_key", name}});
}

absl::StatusOr<int64_t> CountWrappedBy(keystore::KeyStore& store, const WrappingKeyUid& uid) {
  using Counts = std::map<WrappingKeyUid, int64_t>;
  SIGNET_ASSIGN_OR_RETURN(const Counts counts, store.CountWrappedKeys());
  const auto found = counts.find(uid);
  return found == counts.end() ? 0 : found->second;
}

absl::Status Refused(absl::string_view reason, const WrappingKeyRecord& key, absl::string_view what, int64_t wrapped_keys = 0) {
  std::map<std::string, std::string> metadata = {{"wrapping_key", FormatWrappingKeyName(key.uid)}};
  if (wrapped_keys > 0) metadata["wrapped_keys"] = absl::StrCat(wrapped_keys);
  return Error(absl::StatusCode::kFailedPrecondition, reason, absl::StrCat(FormatWrappingKeyName(key.uid), " ", what),
               std::move(metadata));
}

absl::Status CheckMayBeDestroyed(keystore::KeyStore& store, const WrappingKeyRecord& key) {
  switch (key.state) {
    case WrappingKeyState::kPendingGeneration:
      return Refused(reason::kKeyNotGenerated, key, "is being made");
    case WrappingKeyState::kCurrent:
      return Refused(reason::kKeyEnabled, key, "wraps new keys; rotate it first");
    case WrappingKeyState::kFormer:
    case WrappingKeyState::kDestroyed:
      break;
  }
  SIGNET_ASSIGN_OR_RETURN(const int64_t wrapped_keys, CountWrappedBy(store, key.uid));
  if (wrapped_keys == 0) return absl::OkStatus();
  return Refused(reason::kKeyInRetention, key,
                 absl::StrCat("has wrapped ", wrapped_keys, " keys that are not wrapped anew yet; wait until it has none"),
                 wrapped_keys);
}

}  // namespace

absl::StatusOr<WrappingKeyView> WrappingKeys::View(WrappingKeyRecord record) {
  SIGNET_ASSIGN_OR_RETURN(const int64_t wrapped_keys, CountWrappedBy(services_.store, record.uid));
  return WrappingKeyView{std::move(record), wrapped_keys};
}

// They are few: one for each time that somebody wanted a new one.
absl::StatusOr<ListResult<WrappingKeyView>> WrappingKeys::List(const ListRequest& request) {
  const ListScope scope = {"ListWrappingKeys", {}};
  SIGNET_ASSIGN_OR_RETURN(const keystore::Page page, ToPage(scope, request));
  SIGNET_ASSIGN_OR_RETURN(std::vector<WrappingKeyRecord> keys, services_.store.ListWrappingKeys());
  std::ranges::sort(keys, {}, [](const WrappingKeyRecord& key) { return std::tuple(key.create_time, key.uid); });
  const auto last = std::ranges::find(keys, WrappingKeyUid(page.after), &WrappingKeyRecord::uid);
  if (last != keys.end()) keys.erase(keys.begin(), last + 1);
  ListResult<WrappingKeyView> result;
  result.next_page_token = EndPage(scope, page, keys, [](const WrappingKeyRecord& key) { return key.uid.value(); });
  using Counts = std::map<WrappingKeyUid, int64_t>;
  SIGNET_ASSIGN_OR_RETURN(Counts counts, services_.store.CountWrappedKeys());
  for (WrappingKeyRecord& key : keys) {
    const int64_t wrapped_keys = counts[key.uid];
    result.items.push_back({std::move(key), wrapped_keys});
  }
  return result;
}

absl::StatusOr<WrappingKeyView> WrappingKeys::RotateOnce(const ChangeRequest& request) {
  SIGNET_ASSIGN_OR_RETURN(const std::optional<std::string> first, FindFirstResult(services_.store, kScope, request));
  if (first.has_value()) {
    SIGNET_ASSIGN_OR_RETURN(WrappingKeyRecord key, keystore::WrappingKeyFromJson(*first));
    return View(std::move(key));
  }
  SIGNET_ASSIGN_OR_RETURN(const std::vector<WrappingKeyRecord> keys, services_.store.ListWrappingKeys());
  const auto former = std::ranges::find(keys, WrappingKeyState::kCurrent, &WrappingKeyRecord::state);
  if (request.mode == Mode::kValidateOnly) {
    SIGNET_RETURN_IF_ERROR(CheckHsmWrapsAny(services_));
    WrappingKeyRecord shown;
    shown.state = WrappingKeyState::kCurrent;
    shown.create_time = services_.Now();
    shown.current_time = shown.create_time;
    return WrappingKeyView{std::move(shown), 0};
  }
  const Actor actor = ActorOf(request);
  const auto supersede = [&](const WrappingKeyRecord& current, keystore::Change& change) {
    if (former != keys.end()) {
      WrappingKeyRecord superseded = *former;
      superseded.state = WrappingKeyState::kFormer;
      superseded.former_time = current.current_time;
      change.puts.emplace_back(superseded);
      change.events.push_back(MakeEvent(*current.current_time, actor, "RotateWrappingKey", &*former, superseded));
    }
    RememberResult(kScope, request, keystore::ToJson(current), *current.current_time, change);
  };
  SIGNET_ASSIGN_OR_RETURN(WrappingKeyRecord made, MakeWrappingKey(services_, actor, supersede));
  return View(std::move(made));
}

absl::StatusOr<WrappingKeyView> WrappingKeys::Rotate(const ChangeRequest& request) {
  return RetryConcurrentChange([&] { return RotateOnce(request); });
}

absl::StatusOr<WrappingKeyRecord> WrappingKeys::DestroyOnce(const WrappingKeyUid& uid, const ChangeRequest& request) {
  SIGNET_ASSIGN_OR_RETURN(const std::optional<std::string> first, FindFirstResult(services_.store, kScope, request));
  SIGNET_ASSIGN_OR_RETURN(const WrappingKeyRecord key, Find(services_.store, uid));
  if (first.has_value()) return key;
  SIGNET_RETURN_IF_ERROR(CheckMayBeDestroyed(services_.store, key));
  WrappingKeyRecord destroyed = key;
  if (key.state != WrappingKeyState::kDestroyed) {
    destroyed.state = WrappingKeyState::kDestroyed;
    destroyed.destroy_time = services_.Now();
  }
  const bool changed = destroyed != key;
  if (request.mode == Mode::kValidateOnly || (!changed && request.request_id.empty())) return destroyed;
  keystore::Change change;
  if (changed) {
    change.puts.emplace_back(destroyed);
  } else {
    change.expectations.push_back({key});
  }
  change.events = {MakeEvent(services_.Now(), ActorOf(request), "DestroyWrappingKey", &key, destroyed)};
  RememberResult(kScope, request, keystore::ToJson(destroyed), services_.Now(), change);
  SIGNET_ASSIGN_OR_RETURN(const keystore::Revision revision, services_.store.Commit(change));
  if (changed) destroyed.revision = revision;
  return destroyed;
}

absl::StatusOr<WrappingKeyView> WrappingKeys::Destroy(const WrappingKeyUid& uid, const ChangeRequest& request) {
  SIGNET_ASSIGN_OR_RETURN(const WrappingKeyRecord destroyed, RetryConcurrentChange([&] { return DestroyOnce(uid, request); }));
  if (request.mode == Mode::kValidateOnly) return WrappingKeyView{destroyed, 0};
  // A crash here leaves a row that is DESTROYED and says in_hsm: a repetition and the next start go on.
  services_.steps.Reached(kStepWrappingDestroyed);
  if (destroyed.in_hsm) {
    const absl::Status ended = EndWrappingKey(services_, destroyed, ActorOf(request));
    // Somebody else was at it, too.
    if (!ended.ok() && !absl::IsAborted(ended)) return ended;
  }
  SIGNET_ASSIGN_OR_RETURN(WrappingKeyRecord now, Find(services_.store, uid));
  return View(std::move(now));
}

}  // namespace signet::core
