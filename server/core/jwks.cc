#include "server/core/jwks.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "base/base64url.h"
#include "hsm/digest.h"
#include "keystore/policy.h"
#include "keystore/records.h"
#include "server/core/jwk.h"
#include "server/core/publishing_order.h"

namespace signet::core {
namespace {

// 128 bits of the digest: two documents of one tenant never share them.
constexpr size_t kEtagBytes = 16;

// The record of a key as far as a plan needs it.
keystore::KeyRecord LifeOf(const PublishedKey& key) {
  keystore::KeyRecord record;
  record.uid = key.meter->uid();
  record.kid = key.name.kid;
  record.state = key.state;
  record.create_revision = key.create_revision;
  record.publish_time = key.publish_time;
  record.enable_time = key.enable_time;
  record.disable_time = key.disable_time;
  record.usage.token_expiry_bound = key.token_expiry_bound;
  return record;
}

}  // namespace

Jwks BuildJwks(const PublishedKeys& keys, const std::vector<keystore::CustomSigningKey>& custom) {
  std::vector<std::string> jwks;
  jwks.reserve(keys.size() + custom.size());
  for (const auto& key : InPublishingOrder(keys))
    jwks.push_back(ToJwk(key->name.kid.value(), key->public_key, key->certificate_chain));
  for (const keystore::CustomSigningKey& key : custom) {
    if (keys.Find(keystore::Kid(key.kid)) == nullptr) jwks.push_back(key.jwk);
  }
  std::string json = absl::StrCat("{\"keys\":[", absl::StrJoin(jwks, ","), "]}");
  const std::string digest = hsm::ComputeDigest(hsm::Hash::kSha256, json);
  std::string etag = absl::StrCat("\"", Base64UrlEncode(absl::string_view(digest).substr(0, kEtagBytes)), "\"");
  return {std::move(json), std::move(etag)};
}

absl::Duration JwksLife::MaxAge(absl::Time now) const {
  const auto next = std::upper_bound(planned_changes.begin(), planned_changes.end(), now);
  const absl::Duration to_next = next == planned_changes.end() ? absl::InfiniteDuration() : *next - now;
  return std::max(absl::Trunc(std::min(longest_age, to_next), absl::Seconds(1)), absl::Seconds(1));
}

JwksLife PlanJwks(const std::map<keystore::RingId, keystore::RingTerms>& rings, const PublishedKeys& keys) {
  std::map<keystore::RingId, std::vector<keystore::KeyRecord>> lives;
  for (const auto& key : keys) lives[key->name.ring.ring].push_back(LifeOf(*key));
  JwksLife life;
  life.longest_age = rings.empty() ? Resolve(keystore::KeyPolicy{}).jwks_max_age : absl::InfiniteDuration();
  for (const auto& [id, terms] : rings) {
    life.longest_age = std::min(life.longest_age, terms.policy.jwks_max_age);
    for (const keystore::PlannedStep& step : keystore::PlanRing(terms, lives[id])) {
      if (step.time != absl::InfinitePast()) life.planned_changes.push_back(step.time);
    }
  }
  std::sort(life.planned_changes.begin(), life.planned_changes.end());
  life.planned_changes.shrink_to_fit();
  return life;
}

}  // namespace signet::core
