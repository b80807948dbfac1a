#include "tests/life/key_life_model.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error_reason.h"
#include "keystore/lifecycle.h"
#include "keystore/policy.h"
#include "keystore/record_json.h"
#include "keystore/rotation_plan.h"
#include "server/core/ring_maintenance.h"

namespace signet::testing {
namespace {

using keystore::KeyRecord;
using keystore::KeyState;

// Tokens of a key that are verified after each step: those that live longest.
constexpr size_t kTokensKept = 3;
constexpr int kPageLimit = 1000;

bool MayFollow(KeyState before, KeyState after) {
  if (before == after) return true;
  switch (before) {
    case KeyState::kPendingGeneration:
      return after == KeyState::kDisabled || after == KeyState::kGenerationFailed;
    case KeyState::kDisabled:
      return after == KeyState::kEnabled || after == KeyState::kRevoked || after == KeyState::kDestroyed;
    case KeyState::kEnabled:
      return after == KeyState::kDisabled || after == KeyState::kRevoked;
    case KeyState::kRevoked:
    case KeyState::kGenerationFailed:
      return after == KeyState::kDestroyed;
    case KeyState::kDestroyed:
      return false;
  }
  return false;
}

core::RingName RingOf(const KeyRecord& key) { return {key.tenant, key.ring}; }

}  // namespace

void KeyLifeModel::Begin(const Permission& permission, absl::Time now, absl::Duration elapsed) {
  permission_ = permission;
  now_ = now;
  elapsed_ = elapsed;
}

void KeyLifeModel::Served(absl::Duration age) { copies_until_ = std::max(copies_until_, elapsed_ + age); }

void KeyLifeModel::Signed(const IssuedToken& token) {
  const auto found = std::find_if(lives_.begin(), lives_.end(), [&](const auto& entry) {
    return RingOf(entry.second.record) == token.key.ring && entry.second.record.kid == token.key.kid;
  });
  if (found == lives_.end()) return Expect(false, "what signs has a row", token.key.kid.value());
  Life& life = found->second;
  Expect(life.record.state == KeyState::kEnabled, "only the ENABLED key signs", life.record);
  life.last_expiry = std::max(life.last_expiry, token.expiry);
  if (token.token.empty()) return;
  life.tokens.push_back(token);
  if (life.tokens.size() <= kTokensKept) return;
  life.tokens.erase(std::min_element(life.tokens.begin(), life.tokens.end(),
                                     [](const IssuedToken& a, const IssuedToken& b) { return a.expiry < b.expiry; }));
}

void KeyLifeModel::Expect(bool holds, absl::string_view invariant, absl::string_view where) {
  if (!holds) violations_.push_back(absl::StrCat(invariant, ": ", where));
}

// Described only when it is told of.
void KeyLifeModel::Expect(bool holds, absl::string_view invariant, const KeyRecord& where) {
  if (!holds) Expect(false, invariant, absl::StrCat(where.kid.value(), " ", keystore::ToJson(where)));
}

int64_t KeyLifeModel::RotationNumber(const core::RingName& ring) const {
  const auto found = rings_.find(ring);
  if (found == rings_.end() || !found->second.record || !found->second.record->rotation) return 0;
  return found->second.record->rotation->number;
}

bool KeyLifeModel::Concerns(const KeyRecord& key) const {
  return RingOf(key) == permission_.ring && (permission_.kid.empty() || permission_.kid == key.kid);
}

void KeyLifeModel::Follow(const keystore::Event& event) {
  Expect(event.sequence == sequence_ + 1, "the trail has no gaps", event.resource);
  sequence_ = event.sequence;
  if (event.tenant != tenant_) return;
  if (event.action == "PlannedStepFailed") {
    FollowFailure(event);
  } else if (absl::StrContains(event.resource, "/keys/")) {
    FollowKey(event);
  } else if (absl::StrContains(event.resource, "/keyRings/")) {
    FollowRing(event);
  }
}

void KeyLifeModel::FollowFailure(const keystore::Event& event) {
  failing_.insert(event.resource);
  Expect(absl::StrContains(event.after, reason::kKeyLimitReached), "a planned step fails only for lack of room", event.after);
}

void KeyLifeModel::FollowRing(const keystore::Event& event) {
  const absl::StatusOr<keystore::RingRecord> after = keystore::RingFromJson(event.after);
  if (!after.ok()) return Expect(false, "an event of a ring shows it", event.after);
  const core::RingName name = {after->tenant, after->id};
  const int64_t before = RotationNumber(name);
  const int64_t number = after->rotation ? after->rotation->number : 0;
  Expect(number == before || number == before + 1, "rotation numbers grow by one", event.after);
  if (number > before && before > 0) {
    Expect(rings_[name].record->rotation->activation_time.has_value(), "a rotation ends before the next begins", event.after);
  }
  rings_[name].record = *after;
}

void KeyLifeModel::FollowKey(const keystore::Event& event) {
  const absl::StatusOr<KeyRecord> after = keystore::KeyFromJson(event.after);
  if (!after.ok()) return Expect(false, "an event of a key shows it", event.after);
  Life& life = lives_[after->uid];
  Expect(event.before == life.json, "each event goes on where the last one ended", absl::StrCat(event.action, " ", event.before));
  if (life.json.empty()) {
    Expect(after->state == KeyState::kPendingGeneration, "a life begins as PENDING_GENERATION", event.after);
  } else {
    CheckMove(life, *after, event.time);
  }
  const bool published_now = after->publish_time && !life.record.publish_time;
  if (published_now) {
    life.unknown_until = copies_until_;
    Expect(kids_.insert(after->kid).second, "a kid is never used again", event.after);
  }
  life.record = *after;
  life.json = event.after;
}

void KeyLifeModel::CheckMove(const Life& life, const KeyRecord& after, absl::Time time) {
  const KeyRecord& before = life.record;
  const std::string move = absl::StrCat(life.json, " -> ", keystore::ToJson(after));
  Expect(MayFollow(before.state, after.state), "states follow the design", move);
  Expect(before.tenant == after.tenant && before.ring == after.ring && before.algorithm == after.algorithm &&
             before.create_time == after.create_time && (before.kid == after.kid || !before.publish_time),
         "what a key is does not change", move);
  CheckTimes(before, after);
  if (before.state == after.state) return;
  // The clock may have been set back; what the key's last change shows is proven.
  const absl::Time proven = std::max(time, before.update_time);
  if (after.state == KeyState::kEnabled) CheckEnabled(life, after, proven);
  if (after.state == KeyState::kRevoked) Expect(MayRevoke(before), "only a caller revokes", move);
  if (after.state == KeyState::kDestroyed && keystore::IsPublished(before) && !MayForce(before)) {
    Expect(proven >= life.last_expiry, "a key that signed is published until its last token has expired",
           absl::StrCat(move, ", token until ", absl::FormatTime(life.last_expiry)));
    const keystore::ResolvedPolicy policy = keystore::Resolve(rings_[RingOf(after)].record->policy);
    Expect(!before.enable_time || (before.disable_time && proven >= *before.disable_time + policy.min_retention),
           "a PREVIOUS key stays for min_retention", move);
  }
}

void KeyLifeModel::CheckEnabled(const Life& life, const KeyRecord& after, absl::Time proven) {
  const KeyRecord& before = life.record;
  for (const auto& [uid, other] : lives_) {
    const bool rivals = uid != after.uid && RingOf(other.record) == RingOf(after) && other.record.state == KeyState::kEnabled;
    Expect(!rivals, "at most one ENABLED key in a ring", other.record);
  }
  const bool was_next = !before.enable_time.has_value();
  if (!was_next || MayForce(before) || (Concerns(before) && permission_.purge)) return;
  const keystore::KeyPolicy& policy = rings_[RingOf(after)].record->policy;
  Expect(before.publish_time && proven >= *before.publish_time + keystore::Resolve(policy).activation_delay,
         "a NEXT key waits for the activation_delay", after);
  const bool derived = policy.preset == keystore::Preset::kStandard && !policy.activation_delay;
  Expect(!derived || elapsed_ >= life.unknown_until, "a key signs when every JWKS in use has it", after);
}

void KeyLifeModel::CheckTimes(const KeyRecord& before, const KeyRecord& after) {
  const auto grows = [](const std::optional<absl::Time>& from, const std::optional<absl::Time>& to) {
    return !from || (to && *to >= *from);
  };
  Expect(after.update_time >= before.update_time && grows(before.publish_time, after.publish_time) &&
             grows(before.enable_time, after.enable_time) && grows(before.disable_time, after.disable_time) &&
             grows(before.revoke_time, after.revoke_time) && grows(before.destroy_time, after.destroy_time),
         "times never run backwards", after);
  for (const auto& stage : {after.publish_time, after.enable_time, after.disable_time, after.revoke_time, after.destroy_time}) {
    Expect(!stage || (*stage >= after.create_time && *stage <= after.update_time), "stages lie within the life", after);
  }
}

void KeyLifeModel::CheckStore(keystore::KeyStore& store, const std::vector<core::RingName>& rings, Settled settled) {
  const absl::StatusOr<std::vector<keystore::Event>> events = store.ListEvents({}, {absl::StrCat(sequence_), kPageLimit});
  if (!events.ok()) return Expect(false, "the trail can be read", events.status().ToString());
  for (const keystore::Event& event : *events) Follow(event);

  size_t rows = 0;
  for (const core::RingName& name : rings) {
    const auto stored = store.ListKeys(name.tenant, name.ring, keystore::KeyStore::Tombstones::kShow, {"", kPageLimit});
    const auto ring = store.GetRing(name.tenant, name.ring);
    if (!stored.ok() || !ring.ok() || !ring->has_value()) return Expect(false, "rows can be read", core::FormatRingName(name));
    int live = 0;
    int enabled = 0;
    for (const KeyRecord& row : *stored) {
      CheckRow(row, settled);
      if (keystore::IsLive(row)) ++live;
      if (row.state == KeyState::kEnabled) ++enabled;
    }
    rows += stored->size();
    Expect(enabled <= 1, "at most one ENABLED key in a ring", core::FormatRingName(name));
    Expect(rings_[name].record && keystore::ToJson(**ring) == keystore::ToJson(*rings_[name].record),
           "the last event of a ring shows it as it is", keystore::ToJson(**ring));
    CheckRoom(name, live);
  }
  Expect(rows == lives_.size(), "every key has its row for ever", absl::StrCat(rows, " of ", lives_.size()));
}

void KeyLifeModel::CheckRow(const KeyRecord& row, Settled settled) {
  const auto found = lives_.find(row.uid);
  if (found == lives_.end()) return Expect(false, "every row has its event", row);
  const Life& life = found->second;
  KeyRecord told = life.record;
  told.usage = row.usage;
  told.create_revision = row.create_revision;
  told.revision = row.revision;
  Expect(row == told, "the last event of a key shows it as it is", row);
  Expect(settled == Settled::kNo || row.state != KeyState::kPendingGeneration, "nothing is left half made", row);
  Expect(life.last_expiry == absl::InfinitePast() ||
             (row.usage.token_expiry_bound && *row.usage.token_expiry_bound >= life.last_expiry),
         "the store knows until when tokens live", row);
}

void KeyLifeModel::CheckNothingDue(keystore::KeyStore& store, const std::vector<core::RingName>& rings, absl::Time now) {
  for (const core::RingName& name : rings) {
    if (failing_.contains(core::FormatRingName(name))) continue;
    const auto keys = store.ListKeys(name.tenant, name.ring, keystore::KeyStore::Tombstones::kHide, {"", kPageLimit});
    if (!keys.ok()) return Expect(false, "rows can be read", keys.status().ToString());
    const keystore::RingRecord& ring = *rings_[name].record;
    const bool has_room = keystore::PickRetired(*keys, keystore::Resolve(ring.policy), 1, keystore::Force::kNo, now).ok();
    for (const keystore::PlannedStep& step : keystore::PlanRing(ring, *keys)) {
      using Action = keystore::PlannedStep::Action;
      // These wait for a place in a full ring.
      if (!has_room && (step.action == Action::kSupplyRotation || step.action == Action::kRotate)) continue;
      Expect(step.time > now, "the scheduler does what is due",
             absl::StrCat(core::NameOf(step.action), " in ", core::FormatRingName(name), " ", step.key.value()));
    }
  }
}

void KeyLifeModel::CheckRoom(const core::RingName& name, int live) {
  Ring& ring = rings_[name];
  const int most = std::max(keystore::Resolve(ring.record->policy).max_keys, ring.live);
  // A purge that lacks a NEXT key makes it beside those that it is about to revoke.
  const bool purging = permission_.purge && permission_.ring == name;
  Expect(live <= most + (purging ? 1 : 0), "a ring holds at most max_keys keys",
         absl::StrCat(core::FormatRingName(name), " ", live));
  ring.live = live;
}

void KeyLifeModel::CheckHsm(hsm::Hsm& hsm, Settled settled) {
  const absl::StatusOr<std::vector<hsm::StoredKey>> stored = hsm.ListKeys("");
  if (!stored.ok()) return Expect(false, "the HSM can be read", stored.status().ToString());
  std::set<keystore::KeyUid> usable;
  for (const hsm::StoredKey& key : *stored) {
    const keystore::KeyUid uid(absl::BytesToHexString(key.id));
    const auto life = lives_.find(uid);
    Expect(life != lives_.end(), "no private key without a row", uid.value());
    if (life == lives_.end()) continue;
    Expect(life->second.record.in_hsm, "a row tells of its private key", life->second.json);
    Expect(settled == Settled::kNo || keystore::IsLive(life->second.record), "a dead key's private key is destroyed",
           life->second.json);
    if (key.has_private_key && key.has_public_key) usable.insert(uid);
  }
  for (const auto& [uid, life] : lives_) {
    Expect(!keystore::IsPublished(life.record) || usable.contains(uid), "a published key has its private key", life.json);
  }
}

void KeyLifeModel::CheckDirectory(LifeProcess& process) {
  const std::shared_ptr<const core::TenantSnapshot> snapshot = process.directory.FindTenant(tenant_);
  if (snapshot == nullptr) return Expect(false, "the directory knows the tenant", tenant_.value());
  const std::string jwks = core::BuildJwks(snapshot->published).json;
  size_t published = 0;
  for (const auto& [uid, life] : lives_) {
    const KeyRecord& key = life.record;
    const auto shown = snapshot->published.Find(key.kid);
    const bool in_jwks = absl::StrContains(jwks, absl::StrCat("\"kid\":\"", key.kid.value(), "\""));
    if (!keystore::IsPublished(key)) {
      Expect(shown == nullptr && !in_jwks, "what is not published is not in the JWKS", life.json);
      continue;
    }
    ++published;
    if (shown == nullptr || !in_jwks) {
      Expect(false, "a published key is in the JWKS", life.json);
      continue;
    }
    const auto& current = snapshot->rings.at(key.ring).current;
    Expect((key.state == KeyState::kEnabled) == (current != nullptr && current->name.kid == key.kid), "the ENABLED key signs",
           life.json);
    for (const IssuedToken& token : life.tokens) {
      // Issued in the future: before the clock was set back.
      if (token.expiry <= now_ || token.issue_time > now_) continue;
      const auto verified = process.tokens.VerifyToken({.tenant = tenant_, .token = token.token, .audience = ""});
      Expect(verified.ok(), "tokens of a published key verify", absl::StrCat(life.json, verified.status().ToString()));
    }
  }
  Expect(published == snapshot->published.size(), "the JWKS has the published keys", absl::StrCat(published));
  Served(snapshot->jwks_life.MaxAge(now_));
}

}  // namespace signet::testing
