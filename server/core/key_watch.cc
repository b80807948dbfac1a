#include "server/core/key_watch.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "keystore/policy.h"
#include "keystore/record_json.h"
#include "server/core/names.h"
#include "server/core/resource_lookup.h"

namespace signet::core {
namespace {

using keystore::Event;
using keystore::KeyStore;

absl::Status ResumeTokenInvalid() {
  return Error(absl::StatusCode::kInvalidArgument, reason::kResumeTokenInvalid,
               "resume_token was not made by a watch of this name; begin without one, and list what there is",
               {{"field", "resume_token"}});
}

std::string NameOf(const WatchScope& scope) {
  return scope.ring.has_value() ? FormatRingName({scope.tenant, *scope.ring}) : FormatTenantName(scope.tenant);
}

absl::Status CheckExists(KeyStore& store, const WatchScope& scope) {
  if (scope.ring.has_value()) return FindRing(store, {scope.tenant, *scope.ring}).status();
  return FindTenant(store, scope.tenant).status();
}

// The sequence of the newest event of all; 0 if there is none.
absl::StatusOr<int64_t> FindEnd(KeyStore& store) {
  KeyStore::EventFilter newest_first;
  newest_first.order = KeyStore::EventFilter::Order::kNewestFirst;
  keystore::Page one;
  one.limit = 1;
  SIGNET_ASSIGN_OR_RETURN(const std::vector<Event> events, store.ListEvents(newest_first, one));
  return events.empty() ? 0 : events.front().sequence;
}

// Events on keys alone have this in their resource, and a record behind the change.
bool TellsOfKey(const Event& event) { return absl::StrContains(event.resource, "/keys/") && !event.after.empty(); }

// Exhibitor makes the views of one page of changes. It asks the store once for what several of them need.
class Exhibitor {
 public:
  explicit Exhibitor(KeyStore& store) : store_(store) {}

  absl::StatusOr<KeyView> Show(const Event& event) {
    SIGNET_ASSIGN_OR_RETURN(keystore::KeyRecord key, keystore::KeyFromJson(event.after));
    SIGNET_ASSIGN_OR_RETURN(key.usage, UsageOf(key.uid));
    SIGNET_ASSIGN_OR_RETURN(const keystore::ResolvedPolicy policy, PolicyOf({key.tenant, key.ring}));
    return MakeKeyView(std::move(key), policy);
  }

 private:
  absl::StatusOr<keystore::KeyUsage> UsageOf(const keystore::KeyUid& uid) {
    const auto known = usages_.find(uid);
    if (known != usages_.end()) return known->second;
    SIGNET_ASSIGN_OR_RETURN(const std::optional<keystore::KeyRecord> stored, store_.GetKeyByUid(uid));
    if (!stored.has_value()) {
      return Error(absl::StatusCode::kDataLoss, reason::kStoreCorrupt,
                   "the audit trail tells of a key that the store does not have");
    }
    return usages_[uid] = stored->usage;
  }

  absl::StatusOr<keystore::ResolvedPolicy> PolicyOf(const RingName& name) {
    const auto known = policies_.find(name.ring);
    if (known != policies_.end()) return known->second;
    // A deleted ring keeps its row.
    SIGNET_ASSIGN_OR_RETURN(const std::optional<keystore::RingRecord> ring, store_.GetRing(name.tenant, name.ring));
    keystore::ResolvedPolicy policy = keystore::Resolve(ring.has_value() ? ring->policy : keystore::KeyPolicy());
    policies_.emplace(name.ring, policy);
    return policy;
  }

  KeyStore& store_;
  std::map<keystore::KeyUid, keystore::KeyUsage> usages_;
  // All of one tenant.
  std::map<keystore::RingId, keystore::ResolvedPolicy> policies_;
};

}  // namespace

KeyWatch::KeyWatch(const Services& services, const WatchScope& scope)
    : services_(&services), token_scope_{"WatchKeys", {NameOf(scope), services.instance_id}} {
  filter_.tenant = scope.tenant;
  if (scope.ring.has_value()) filter_.resource = NameOf(scope);
}

absl::StatusOr<KeyWatch> KeyWatch::Open(const Services& services, const WatchScope& scope, const std::string& resume_token) {
  KeyWatch watch(services, scope);
  SIGNET_ASSIGN_OR_RETURN(const int64_t end, FindEnd(services.store));
  watch.position_ = end;
  if (resume_token.empty()) {
    SIGNET_RETURN_IF_ERROR(CheckExists(services.store, scope));
    return watch;
  }
  // What has been deleted since is followed to its end.
  SIGNET_ASSIGN_OR_RETURN(watch.position_, watch.ReadToken(resume_token));
  // Of a store that was since restored from a backup: what was there behind the backup is not what will be there.
  if (watch.position_ > end) return ResumeTokenInvalid();
  return watch;
}

absl::StatusOr<std::vector<KeyChange>> KeyWatch::Read(int limit) {
  KeyStore& store = services_->store;
  // Looked for first: what is written between the two reads stands behind it, and is not passed over.
  SIGNET_ASSIGN_OR_RETURN(const int64_t end, FindEnd(store));
  const keystore::Page page{position_ == 0 ? "" : absl::StrCat(position_), limit};
  SIGNET_ASSIGN_OR_RETURN(const std::vector<Event> events, store.ListEvents(filter_, page));
  Exhibitor exhibitor(store);
  std::vector<KeyChange> changes;
  for (const Event& event : events) {
    if (!TellsOfKey(event)) continue;
    SIGNET_ASSIGN_OR_RETURN(KeyView view, exhibitor.Show(event));
    changes.push_back({event.sequence, event.time, event.action, std::move(view), TokenFor(event.sequence)});
  }
  at_end_ = events.size() < static_cast<size_t>(limit);
  if (!events.empty()) position_ = events.back().sequence;
  // Up to the end that was seen, the others' events need never be looked at again.
  if (at_end_) position_ = std::max(position_, end);
  return changes;
}

std::string KeyWatch::TokenFor(int64_t position) const { return MakePageToken(token_scope_, absl::StrCat(position)); }

absl::StatusOr<int64_t> KeyWatch::ReadToken(const std::string& resume_token) const {
  ListRequest request;
  request.page_token = resume_token;
  const absl::StatusOr<keystore::Page> page = ToNumberedPage(token_scope_, request);
  int64_t position = 0;
  if (!page.ok() || !absl::SimpleAtoi(page->after, &position)) return ResumeTokenInvalid();
  return position;
}

}  // namespace signet::core
