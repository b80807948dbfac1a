#include "server/core/rewrapping.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "base/error.h"
#include "hsm/key_wrapper.h"
#include "keystore/lifecycle.h"
#include "nlohmann/json.hpp"
#include "server/core/audit.h"
#include "server/core/names.h"
#include "server/core/published_key.h"
#include "server/core/resource_lookup.h"
#include "server/core/stored_wrapped_keys.h"

namespace signet::core {
namespace {

using keystore::WrappedKeyRecord;
using keystore::WrappingKeyRecord;
using keystore::WrappingKeyState;
using keystore::WrappingKeyUid;

// So few that a commit is not much work lost, and no write of others waits for long.
constexpr int kFew = 16;

// What is the matter with the one key, and not with the HSM or the store.
bool IsAboutThisKey(const absl::Status& status) { return absl::IsDataLoss(status) || absl::IsUnimplemented(status); }

}  // namespace

absl::StatusOr<int> Rewrapping::Run(absl::FunctionRef<bool()> is_over) {
  SIGNET_ASSIGN_OR_RETURN(const std::vector<WrappingKeyRecord> keys, services_.store.ListWrappingKeys());
  const auto current = std::ranges::find(keys, WrappingKeyState::kCurrent, &WrappingKeyRecord::state);
  int done = 0;
  if (current == keys.end()) return done;
  for (const WrappingKeyRecord& former : keys) {
    if (former.state != WrappingKeyState::kFormer) continue;
    SIGNET_ASSIGN_OR_RETURN(bool goes_on, IsInHsm(former));
    while (goes_on) {
      if (is_over()) return done;
      SIGNET_ASSIGN_OR_RETURN(goes_on, RunOnce(former, current->uid, done));
    }
    position_.clear();
  }
  return done;
}

// The keys that it has wrapped can be used no more, but those of others can be wrapped anew.
absl::StatusOr<bool> Rewrapping::IsInHsm(const WrappingKeyRecord& former) {
  const absl::Status proven = services_.hsm.key_wrapper().ProveWrappingKey(absl::HexStringToBytes(former.uid.value()));
  if (!absl::IsNotFound(proven)) {
    SIGNET_RETURN_IF_ERROR(proven);
    return true;
  }
  if (missing_.insert(former.uid).second) {
    services_.logger.Log(LogLevel::kError, "the hsm does not hold a wrapping key; restore the token, or revoke what it has wrapped",
                         {{"wrapping_key", FormatWrappingKeyName(former.uid)}});
  }
  return false;
}

absl::StatusOr<bool> Rewrapping::RunOnce(const WrappingKeyRecord& former, const WrappingKeyUid& current, int& done) {
  SIGNET_ASSIGN_OR_RETURN(const std::vector<WrappedKeyRecord> keys,
                          services_.store.ListWrappedKeys(former.uid, {.after = position_, .limit = kFew}));
  if (keys.empty()) return false;
  std::vector<Rewrapped> rewrapped;
  for (const WrappedKeyRecord& key : keys) SIGNET_RETURN_IF_ERROR(Rewrap(key, current, rewrapped));
  absl::Status committed = rewrapped.empty() ? absl::OkStatus() : Commit(former, current, rewrapped);
  if (committed.ok()) done += static_cast<int>(rewrapped.size());
  if (absl::IsAborted(committed)) {
    // One of them was changed meanwhile; the others need not suffer from it.
    for (const Rewrapped& one : rewrapped) {
      committed = Commit(former, current, {one});
      if (!committed.ok() && !absl::IsAborted(committed)) return committed;
      if (committed.ok()) ++done;
    }
  } else if (!committed.ok()) {
    return committed;
  }
  position_ = keys.back().key.value();
  return true;
}

absl::Status Rewrapping::Rewrap(const WrappedKeyRecord& wrapped, const WrappingKeyUid& current, std::vector<Rewrapped>& rewrapped) {
  if (unusable_.contains(wrapped.key)) return absl::OkStatus();
  SIGNET_ASSIGN_OR_RETURN(const std::optional<keystore::KeyRecord> key, services_.store.GetKeyByUid(wrapped.key));
  // The commit that ended it took what was wrapped along.
  if (!key || !keystore::IsLive(*key)) return absl::OkStatus();
  const std::string name = FormatKeyName({{key->tenant, key->ring}, key->kid});
  absl::Status status = StoredAlgorithm(key->algorithm).status();
  if (status.ok()) {
    absl::StatusOr<hsm::WrappedKey> anew = services_.hsm.key_wrapper().Rewrap(
        HsmKeySpec(services_.instance_id, *key), ToWrappedKey(wrapped), absl::HexStringToBytes(current.value()));
    if (anew.ok()) {
      rewrapped.push_back({ToRecord(wrapped.key, *anew), name});
      rewrapped.back().wrapped.revision = wrapped.revision;
      return absl::OkStatus();
    }
    status = anew.status();
  }
  if (!IsAboutThisKey(status)) return status;
  unusable_.insert(wrapped.key);
  services_.logger.Log(LogLevel::kError, "a key cannot be wrapped anew; its wrapping key stays until it is revoked",
                       {{"key", name}, {"reason", GetReason(status)}, {"error", std::string(status.message())}});
  return absl::OkStatus();
}

absl::Status Rewrapping::Commit(const WrappingKeyRecord& former, const WrappingKeyUid& current,
                                const std::vector<Rewrapped>& rewrapped) {
  keystore::Change change;
  nlohmann::ordered_json names = nlohmann::ordered_json::array();
  for (const Rewrapped& one : rewrapped) {
    change.puts.emplace_back(one.wrapped);
    names.push_back(one.key);
  }
  keystore::Event event;
  event.time = services_.Now();
  event.actor = std::string(kSystemActor);
  event.action = "RewrapKeys";
  event.resource = FormatWrappingKeyName(former.uid);
  const nlohmann::ordered_json what = {{"wrapping_key", FormatWrappingKeyName(current)}, {"keys", std::move(names)}};
  event.after = what.dump();
  change.events = {std::move(event)};
  return services_.store.Commit(change).status();
}

}  // namespace signet::core
