#include "server/core/tenant_snapshot.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/base64url.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/algorithm.h"
#include "hsm/digest.h"
#include "keystore/rotation_plan.h"
#include "server/core/jwk.h"
#include "server/core/jws.h"

namespace signet::core {

namespace {

using keystore::KeyState;

// 128 bits of the digest: two documents of one tenant never share them.
constexpr size_t kEtagBytes = 16;

absl::Status Corrupt(const KeyName& name, absl::string_view what) {
  return Error(absl::StatusCode::kDataLoss, reason::kStoreCorrupt, absl::StrCat(FormatKeyName(name), ": ", what));
}

// Makes the JWKS out of keys in their order.
Jwks BuildJwks(const std::vector<std::shared_ptr<const PublishedKey>>& keys, absl::Duration longest_age) {
  std::vector<std::string> jwks;
  jwks.reserve(keys.size());
  for (const auto& key : keys) jwks.push_back(ToJwk(key->name.kid.value(), key->public_key, key->certificate_chain));
  std::string json = absl::StrCat("{\"keys\":[", absl::StrJoin(jwks, ","), "]}");
  const std::string digest = hsm::ComputeDigest(hsm::Hash::kSha256, json);
  std::string etag = absl::StrCat("\"", Base64UrlEncode(absl::string_view(digest).substr(0, kEtagBytes)), "\"");
  return {std::move(json), std::move(etag), longest_age, {}};
}

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

// When the published keys of a tenant are planned to change.
std::vector<absl::Time> PlannedChanges(const std::map<keystore::RingId, keystore::RingRecord>& rings,
                                       const std::vector<std::shared_ptr<const PublishedKey>>& keys) {
  std::map<keystore::RingId, std::vector<keystore::KeyRecord>> lives;
  for (const auto& key : keys) lives[key->name.ring.ring].push_back(LifeOf(*key));
  std::vector<absl::Time> times;
  for (const auto& [id, ring] : rings) {
    for (const keystore::PlannedStep& step : keystore::PlanRing(ring, lives[id])) {
      if (step.time != absl::InfinitePast()) times.push_back(step.time);
    }
  }
  std::sort(times.begin(), times.end());
  return times;
}

}  // namespace

absl::Duration Jwks::MaxAge(absl::Time now) const {
  const auto next = std::upper_bound(planned_changes.begin(), planned_changes.end(), now);
  const absl::Duration to_next = next == planned_changes.end() ? absl::InfiniteDuration() : *next - now;
  return std::max(absl::Trunc(std::min(longest_age, to_next), absl::Seconds(1)), absl::Seconds(1));
}

absl::StatusOr<PublishedKey> ReadPublishedKey(const keystore::KeyRecord& record, absl::string_view instance_id,
                                              std::shared_ptr<KeyMeter> meter) {
  const KeyName name = {{record.tenant, record.ring}, record.kid};
  const std::optional<hsm::Algorithm> algorithm = hsm::FindAlgorithm(record.algorithm);
  if (!algorithm) return Corrupt(name, "the algorithm is unknown to this release");
  absl::StatusOr<hsm::PublicKey> public_key = hsm::PublicKey::FromSpki(*algorithm, record.public_key_der);
  if (!public_key.ok()) return Corrupt(name, public_key.status().message());
  if (meter == nullptr) meter = std::make_shared<KeyMeter>(record.uid, record.usage.token_expiry_bound);
  const absl::string_view jose_name = hsm::GetAlgorithmInfo(*algorithm).jose_name;
  return PublishedKey{.name = name,
                      .spec = HsmKeySpec(instance_id, record),
                      .public_key = *std::move(public_key),
                      .state = record.state,
                      .create_revision = record.create_revision,
                      .publish_time = record.publish_time,
                      .enable_time = record.enable_time,
                      .disable_time = record.disable_time,
                      .token_expiry_bound = record.usage.token_expiry_bound,
                      .certificate_chain = record.certificate_chain,
                      .encoded_header = EncodeJwtHeader(jose_name, record.kid.value(), kJwtType),
                      .encoded_access_token_header = EncodeJwtHeader(jose_name, record.kid.value(), kAccessTokenType),
                      .meter = std::move(meter)};
}

std::shared_ptr<const TenantSnapshot> BuildSnapshot(const keystore::TenantRecord& tenant, absl::string_view public_url,
                                                    const std::map<keystore::RingId, keystore::RingRecord>& rings,
                                                    const std::map<keystore::KeyUid, std::shared_ptr<const PublishedKey>>& keys) {
  auto snapshot = std::make_shared<TenantSnapshot>();
  snapshot->tenant = tenant;
  snapshot->issuer = IssuerOf(tenant, public_url);

  absl::Duration longest_age = rings.empty() ? Resolve(keystore::KeyPolicy{}).jwks_max_age : absl::InfiniteDuration();
  for (const auto& [id, ring] : rings) {
    const keystore::ResolvedPolicy policy = Resolve(ring.policy);
    longest_age = std::min(longest_age, policy.jwks_max_age);
    snapshot->rings.emplace(id, TenantSnapshot::Ring{policy, nullptr});
  }

  std::vector<std::shared_ptr<const PublishedKey>> ordered;
  std::set<std::string> algorithms;
  for (const auto& [uid, key] : keys) {
    ordered.push_back(key);
    algorithms.emplace(hsm::GetAlgorithmInfo(key->spec.algorithm).jose_name);
    snapshot->published.emplace(key->name.kid, key);
    const auto ring = snapshot->rings.find(key->name.ring.ring);
    if (key->state == KeyState::kEnabled && ring != snapshot->rings.end()) ring->second.current = key;
  }
  std::sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) {
    const bool a_enabled = a->state == KeyState::kEnabled;
    const bool b_enabled = b->state == KeyState::kEnabled;
    if (a_enabled != b_enabled) return a_enabled;
    // Keys of two rings can have been created in one commit.
    if (a->create_revision != b->create_revision) return a->create_revision > b->create_revision;
    return a->name.kid < b->name.kid;
  });
  snapshot->jwks = BuildJwks(ordered, longest_age);
  snapshot->jwks.planned_changes = PlannedChanges(rings, ordered);
  snapshot->signing_algorithms.assign(algorithms.begin(), algorithms.end());
  return snapshot;
}

std::string HsmLabel(absl::string_view instance_id, const keystore::KeyUid& uid) {
  return absl::StrCat("signet/", instance_id, "/", uid.value());
}

std::string HsmKeyId(const keystore::KeyUid& uid) { return absl::HexStringToBytes(uid.value()); }

hsm::KeySpec HsmKeySpec(absl::string_view instance_id, const keystore::KeyRecord& record) {
  const std::optional<hsm::Algorithm> algorithm = hsm::FindAlgorithm(record.algorithm);
  // Impossible: the callers have checked it.
  if (!algorithm) std::abort();
  return {HsmKeyId(record.uid), HsmLabel(instance_id, record.uid), *algorithm};
}

std::string IssuerOf(const keystore::TenantRecord& tenant, absl::string_view public_url) {
  return tenant.issuer.empty() ? absl::StrCat(public_url, "/t/", tenant.id.value()) : tenant.issuer;
}

}  // namespace signet::core
