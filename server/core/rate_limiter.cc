#include "server/core/rate_limiter.h"

#include <algorithm>
#include <functional>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"

namespace signet::core {
namespace {

// What of a rate one call uses.
absl::Duration CostOf(const Rate& rate) { return absl::Seconds(1) / rate.per_second; }

bool Limits(const Rate& rate) { return rate.per_second > 0; }

// No class and kind reads the same as another with another name.
std::string KeyOf(CallClass call_class, char kind, absl::string_view name) {
  return absl::StrCat(static_cast<int>(call_class), absl::string_view(&kind, 1), name);
}

absl::Status Refused(const Rate& rate, absl::Duration wait) {
  return Error(absl::StatusCode::kResourceExhausted, reason::kRateLimited,
               absl::StrCat("too many calls: ", rate.per_second, " a second are allowed; slow down"),
               {{"limit", absl::StrCat(rate.per_second)}}, wait);
}

bool HasLess(const RateLimiter::Verdict& a, const RateLimiter::Verdict& b) { return b.limit == 0 || a.remaining < b.remaining; }

}  // namespace

RateLimiter::RateLimiter(const Options& options, const Clock& clock) : options_(options), clock_(clock) {}

const RateLimiter::Rates& RateLimiter::RatesOf(CallClass call_class) const {
  static constexpr Rates kUnlimited;
  switch (call_class) {
    case CallClass::kFree:
      return kUnlimited;
    case CallClass::kAdministrative:
      return options_.administrative;
    case CallClass::kSigning:
      return options_.signing;
    case CallClass::kToken:
      return options_.token;
  }
  return kUnlimited;
}

RateLimiter::Verdict RateLimiter::Count(CallClass call_class, absl::string_view principal,
                                        const std::optional<keystore::TenantId>& tenant, int calls) {
  const Rates& rates = RatesOf(call_class);
  Verdict own;
  own.granted = calls;
  const std::string key = Limits(rates.per_principal) ? KeyOf(call_class, 'p', principal) : "";
  if (!key.empty()) own = Take(rates.per_principal, key, calls);
  if (own.granted == 0 || !tenant || !Limits(rates.per_tenant)) return own;
  Verdict shared = Take(rates.per_tenant, KeyOf(call_class, 't', tenant->value()), own.granted);
  if (shared.granted < own.granted && !key.empty()) GiveBack(rates.per_principal, key, own.granted - shared.granted);
  if (!shared.status.ok()) return shared;
  if (!own.status.ok()) return own;
  return HasLess(shared, own) ? shared : own;
}

RateLimiter::Verdict RateLimiter::Take(const Rate& rate, const std::string& key, int calls) {
  const absl::Duration cost = CostOf(rate);
  const int burst = std::max(rate.burst, 1);
  const absl::Duration whole = cost * burst;
  const absl::Time now = clock_.Now();
  Shard& shard = ShardOf(key);
  MutexLock lock(shard.mutex);
  Bucket& bucket = Touch(shard, key);
  // Further ahead than it can be: the clock was set back.
  const absl::Time full_at = bucket.full_at > now + whole ? now : std::max(bucket.full_at, now);
  absl::Duration rest;
  const int64_t room = absl::IDivDuration(whole - (full_at - now), cost, &rest);
  Verdict verdict;
  verdict.granted = static_cast<int>(std::min<int64_t>(room, calls));
  verdict.limit = burst;
  verdict.remaining = static_cast<int>(room - verdict.granted);
  bucket.full_at = full_at + cost * verdict.granted;
  verdict.reset = bucket.full_at - now;
  if (verdict.granted < calls) verdict.status = Refused(rate, verdict.reset + cost - whole);
  return verdict;
}

void RateLimiter::GiveBack(const Rate& rate, const std::string& key, int calls) {
  Shard& shard = ShardOf(key);
  MutexLock lock(shard.mutex);
  const auto found = shard.index.find(key);
  if (found != shard.index.end()) found->second->full_at -= CostOf(rate) * calls;
}

RateLimiter::Shard& RateLimiter::ShardOf(const std::string& key) { return shards_[std::hash<std::string>()(key) % kShards]; }

RateLimiter::Bucket& RateLimiter::Touch(Shard& shard, const std::string& key) {
  const auto found = shard.index.find(key);
  if (found != shard.index.end()) {
    shard.buckets.splice(shard.buckets.begin(), shard.buckets, found->second);
    return shard.buckets.front();
  }
  // What has all of its rate need not be kept: at most two go for each that comes, so that no call pays for many.
  const absl::Time now = clock_.Now();
  const size_t limit = std::max<size_t>(options_.max_names / kShards, 1);
  for (int dropped = 0; dropped < 2 && !shard.buckets.empty(); ++dropped) {
    const Bucket& oldest = shard.buckets.back();
    if (oldest.full_at > now && shard.buckets.size() < limit) break;
    shard.index.erase(oldest.key);
    shard.buckets.pop_back();
  }
  shard.buckets.push_front({key, absl::InfinitePast()});
  shard.index.emplace(shard.buckets.front().key, shard.buckets.begin());
  return shard.buckets.front();
}

size_t RateLimiter::size() const {
  size_t size = 0;
  for (const Shard& shard : shards_) {
    MutexLock lock(shard.mutex);
    size += shard.buckets.size();
  }
  return size;
}

}  // namespace signet::core
