#include "keystore/memory_contents.h"

#include <optional>
#include <set>
#include <utility>

#include "base/error.h"
#include "keystore/event_chain.h"
#include "keystore/lifecycle.h"
#include "keystore/record_json.h"
#include "keystore/store_error.h"

namespace signet::keystore {
namespace {

template <typename Map>
Revision RevisionIn(const Map& map, const typename Map::key_type& key) {
  const auto found = map.find(key);
  return found == map.end() ? 0 : found->second.revision;
}

// Asks for the revision of what is stored under a record's identity.
struct StoredRevision {
  const Contents& contents;
  Revision operator()(const TenantRecord& tenant) const { return RevisionIn(contents.tenants, tenant.id); }
  Revision operator()(const RingRecord& ring) const { return RevisionIn(contents.rings, {ring.tenant, ring.id}); }
  Revision operator()(const KeyRecord& key) const { return RevisionIn(contents.keys, key.uid); }
  Revision operator()(const RequestRecord& request) const {
    return RevisionIn(contents.requests, {request.scope, request.request_id});
  }
  Revision operator()(const CredentialRecord& credential) const {
    return RevisionIn(contents.credentials, {credential.tenant, credential.id});
  }
  Revision operator()(const RevokedToken& token) const { return RevisionIn(contents.revoked_tokens, token.token_id); }
  Revision operator()(const WrappedKeyRecord& wrapped) const { return RevisionIn(contents.wrapped_keys, wrapped.key); }
  Revision operator()(const WrappingKeyRecord& wrapping_key) const { return RevisionIn(contents.wrapping_keys, wrapping_key.uid); }
};

bool IsForgotten(const RevokedToken& token, absl::Time present) {
  return token.expire_time <= StoredTime(present - kRevokedTokenGrace);
}

// Writes a record whose revision was checked. Records pass through JSON, so that they lose what other stores lose.
struct Put {
  Contents& contents;
  // The time of the change.
  const absl::Time present;

  absl::Status operator()(const TenantRecord& tenant) const {
    SIGNET_ASSIGN_OR_RETURN(TenantRecord stored, TenantFromJson(ToJson(tenant)));
    stored.revision = contents.revision;
    std::erase_if(contents.host_aliases, [&](const auto& entry) { return entry.second == tenant.id; });
    if (!tenant.delete_time) {
      const std::set<std::string> host_aliases(tenant.host_aliases.begin(), tenant.host_aliases.end());
      for (const std::string& host_alias : host_aliases) {
        if (!contents.host_aliases.emplace(host_alias, tenant.id).second) return HostAliasTaken(host_alias);
      }
    }
    contents.tenants[tenant.id] = std::move(stored);
    return absl::OkStatus();
  }

  absl::Status operator()(const RingRecord& ring) const {
    SIGNET_ASSIGN_OR_RETURN(RingRecord stored, RingFromJson(ToJson(ring)));
    stored.revision = contents.revision;
    contents.rings[{ring.tenant, ring.id}] = std::move(stored);
    return absl::OkStatus();
  }

  absl::Status operator()(const KeyRecord& key) const {
    SIGNET_ASSIGN_OR_RETURN(KeyRecord stored, KeyFromJson(ToJson(key)));
    stored.revision = contents.revision;
    const auto before = contents.keys.find(key.uid);
    stored.create_revision = before == contents.keys.end() ? contents.revision : before->second.create_revision;
    if (before != contents.keys.end()) stored.usage = before->second.usage;
    for (const auto& [uid, other] : contents.keys) {
      if (uid == key.uid || other.tenant != key.tenant) continue;
      if (other.kid == key.kid) return KidTaken(key);
      if (other.ring != key.ring) continue;
      if (other.state == KeyState::kEnabled && key.state == KeyState::kEnabled) return Defect("two enabled keys in a ring");
      if (other.create_revision == stored.create_revision) return Defect("two new keys of a ring in one commit");
    }
    contents.keys[key.uid] = std::move(stored);
    // What cannot sign any more has no private key.
    if (!IsLive(key)) contents.wrapped_keys.erase(key.uid);
    return absl::OkStatus();
  }

  absl::Status operator()(const WrappedKeyRecord& wrapped) const {
    const auto key = contents.keys.find(wrapped.key);
    const auto wrapping_key = contents.wrapping_keys.find(wrapped.wrapping_key);
    if (key == contents.keys.end() || !IsLive(key->second) || wrapping_key == contents.wrapping_keys.end()) {
      return ConcurrentChange(wrapped);
    }
    const WrappingKeyState state = wrapping_key->second.state;
    if (state != WrappingKeyState::kCurrent && state != WrappingKeyState::kFormer) return ConcurrentChange(wrapped);
    contents.wrapped_keys[wrapped.key] = wrapped;
    contents.wrapped_keys[wrapped.key].revision = contents.revision;
    return absl::OkStatus();
  }

  absl::Status operator()(const WrappingKeyRecord& wrapping_key) const {
    for (const auto& [key, wrapped] : contents.wrapped_keys) {
      if (wrapping_key.state == WrappingKeyState::kDestroyed && wrapped.wrapping_key == wrapping_key.uid) {
        return ConcurrentChange(wrapping_key);
      }
    }
    for (const auto& [uid, other] : contents.wrapping_keys) {
      const bool both_current = other.state == WrappingKeyState::kCurrent && wrapping_key.state == WrappingKeyState::kCurrent;
      if (uid != wrapping_key.uid && both_current) return ConcurrentChange(wrapping_key);
    }
    SIGNET_ASSIGN_OR_RETURN(WrappingKeyRecord stored, WrappingKeyFromJson(ToJson(wrapping_key)));
    stored.revision = contents.revision;
    contents.wrapping_keys[wrapping_key.uid] = std::move(stored);
    return absl::OkStatus();
  }

  absl::Status operator()(const RequestRecord& request) const {
    RequestRecord stored = request;
    stored.create_time = StoredTime(request.create_time);
    stored.revision = contents.revision;
    contents.requests[{request.scope, request.request_id}] = std::move(stored);
    return absl::OkStatus();
  }

  absl::Status operator()(const CredentialRecord& credential) const {
    SIGNET_ASSIGN_OR_RETURN(CredentialRecord stored, CredentialFromJson(ToJson(credential)));
    stored.revision = contents.revision;
    const std::pair name(credential.tenant, credential.id);
    for (const auto& [other_name, other] : contents.credentials) {
      if (other_name != name && other.client_id == credential.client_id) return ClientIdTaken(credential);
    }
    const auto before = contents.credentials.find(name);
    // One that takes the name of another was not used yet.
    if (before != contents.credentials.end() && before->second.client_id == credential.client_id) {
      stored.last_used_time = before->second.last_used_time;
    }
    contents.credentials[name] = std::move(stored);
    return absl::OkStatus();
  }

  absl::Status operator()(const RevokedToken& token) const {
    std::erase_if(contents.revoked_tokens, [&](const auto& entry) { return IsForgotten(entry.second, present); });
    RevokedToken stored = token;
    stored.expire_time = StoredTime(token.expire_time);
    stored.revision = contents.revision;
    contents.revoked_tokens[token.token_id] = std::move(stored);
    return absl::OkStatus();
  }
};

void MoveOn(std::optional<absl::Time>& time, const std::optional<absl::Time>& update) {
  if (update && (!time || *time < *update)) time = StoredTime(*update);
}

}  // namespace

absl::Time StoredTime(absl::Time time) { return absl::FromUnixMicros(absl::ToUnixMicros(time)); }

absl::Status Write(const Change& change, Contents& contents) {
  for (const Expectation& expectation : change.expectations) {
    const Revision expected = std::visit([](const auto& record) { return record.revision; }, expectation.record);
    if (std::visit(StoredRevision{contents}, expectation.record) != expected) return ConcurrentChange(expectation.record);
  }
  ++contents.revision;
  for (const Record& record : change.puts) {
    const Revision expected = std::visit([](const auto& typed) { return typed.revision; }, record);
    if (std::visit(StoredRevision{contents}, record) != expected) return ConcurrentChange(record);
    SIGNET_RETURN_IF_ERROR(std::visit(Put{contents, change.events.front().time}, record));
  }
  for (const Event& event : change.events) {
    Event stored = event;
    stored.sequence = static_cast<int64_t>(contents.events.size()) + 1;
    stored.revision = contents.revision;
    stored.time = StoredTime(event.time);
    stored.hash = EventHash(contents.events.empty() ? "" : contents.events.back().hash, stored);
    contents.events.push_back(std::move(stored));
  }
  return absl::OkStatus();
}

bool AddUsage(const UsageUpdate& update, Contents& contents) {
  const auto found = contents.keys.find(update.uid);
  if (found == contents.keys.end()) return false;
  KeyUsage& usage = found->second.usage;
  usage.signature_count += update.signatures;
  MoveOn(usage.last_signed_time, update.last_signed_time);
  MoveOn(usage.latest_token_expiry, update.latest_token_expiry);
  if (found->second.state != KeyState::kEnabled) return !update.token_expiry_bound;
  MoveOn(usage.token_expiry_bound, update.token_expiry_bound);
  return true;
}

void AddCredentialUse(const CredentialUse& use, Contents& contents) {
  const auto found = contents.credentials.find({use.tenant, use.id});
  if (found != contents.credentials.end()) MoveOn(found->second.last_used_time, use.time);
}

}  // namespace signet::keystore
