#include "server/core/reconciler.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/key_wrapper.h"
#include "keystore/lifecycle.h"
#include "server/core/audit.h"
#include "server/core/commit.h"
#include "server/core/key_certificate.h"
#include "server/core/key_directory.h"
#include "server/core/key_generation.h"
#include "server/core/key_signer.h"
#include "server/core/names.h"
#include "server/core/private_key_destruction.h"
#include "server/core/resource_lookup.h"
#include "server/core/wrapping_key_creation.h"

namespace signet::core {
namespace {

using keystore::KeyRecord;
using keystore::KeyState;
using keystore::KeyUid;

constexpr int kPageLimit = 1000;
constexpr size_t kIdBytes = 16;

// By uid, as both sides know it.
using KeysOnToken = std::map<KeyUid, hsm::StoredKey>;
using KeyRows = std::map<KeyUid, KeyRecord>;

// What on the token is ours. An object with our label but another's id is left alone: destroying by that id could hit a key of
// somebody else.
absl::StatusOr<KeysOnToken> ReadToken(const Services& services) {
  SIGNET_ASSIGN_OR_RETURN(std::vector<hsm::StoredKey> stored,
                          services.hsm.ListKeys(absl::StrCat("signet/", services.instance_id, "/")));
  KeysOnToken keys;
  for (hsm::StoredKey& key : stored) {
    const KeyUid uid(absl::BytesToHexString(key.id));
    if (key.id.size() != kIdBytes || key.label != HsmLabel(services.instance_id, uid)) continue;
    hsm::StoredKey& known = keys[uid];
    // Two halves may come as two entries.
    known.has_private_key |= key.has_private_key;
    known.has_public_key |= key.has_public_key;
    known.id = std::move(key.id);
    known.label = std::move(key.label);
  }
  return keys;
}

absl::StatusOr<KeyRows> ReadRows(const Services& services) {
  KeyRows rows;
  keystore::Revision revision = 0;
  while (true) {
    SIGNET_ASSIGN_OR_RETURN(keystore::Changes changes, services.store.ReadChanges(revision, kPageLimit));
    if (changes.records.empty()) return rows;
    for (keystore::Record& record : changes.records) {
      if (KeyRecord* key = std::get_if<KeyRecord>(&record)) rows.insert_or_assign(key->uid, std::move(*key));
    }
    revision = changes.revision;
  }
}

void LogMissing(const Services& services, const keystore::WrappingKeyRecord& key) {
  const bool is_current = key.state == keystore::WrappingKeyState::kCurrent;
  services.logger.Log(
      LogLevel::kError,
      absl::StrCat("the token lacks a wrapping key that the store has: set hsm.token_label to the right token, or "
                   "restore its backup, and restart",
                   is_current ? "; no WRAPPED key can be made until then, or until RotateWrappingKey is called" : ""),
      {{"wrapping_key", FormatWrappingKeyName(key.uid)}});
}

// The keys whose wrapped form the store has, and that the token can unwrap.
absl::StatusOr<std::set<KeyUid>> ReadWrapped(const Services& services) {
  std::set<KeyUid> wrapped;
  SIGNET_ASSIGN_OR_RETURN(const std::vector<keystore::WrappingKeyRecord> wrapping_keys, services.store.ListWrappingKeys());
  for (const keystore::WrappingKeyRecord& wrapping_key : wrapping_keys) {
    if (!wrapping_key.in_hsm) continue;
    const absl::Status there = services.hsm.key_wrapper().ProveWrappingKey(absl::HexStringToBytes(wrapping_key.uid.value()));
    if (absl::IsNotFound(there)) {
      // Also if it has wrapped nothing, so that no key is counted as missing: new ones cannot be made.
      LogMissing(services, wrapping_key);
      continue;
    }
    SIGNET_RETURN_IF_ERROR(there);
    keystore::Page page = {.after = "", .limit = kPageLimit};
    while (true) {
      SIGNET_ASSIGN_OR_RETURN(const std::vector<keystore::WrappedKeyRecord> keys,
                              services.store.ListWrappedKeys(wrapping_key.uid, page));
      if (keys.empty()) break;
      for (const keystore::WrappedKeyRecord& key : keys) wrapped.insert(key.key);
      page.after = keys.back().key.value();
    }
  }
  return wrapped;
}

// Repair is one reconciliation under way.
class Repair {
 public:
  Repair(const Services& services, int wrapping_keys) : services_(services), signer_(services.hsm, services.store) {
    done_.wrapping_keys = wrapping_keys;
  }

  absl::Status RepairRow(const KeyRecord& key, bool has_private_key) {
    switch (key.state) {
      case KeyState::kPendingGeneration:
        return EndCreation(key);
      case KeyState::kDisabled:
      case KeyState::kEnabled:
        if (!has_private_key) ++done_.missing;
        return has_private_key && key.certificate_chain.empty() ? Certify(key) : absl::OkStatus();
      case KeyState::kRevoked:
      case KeyState::kDestroyed:
      case KeyState::kGenerationFailed:
        return EndDestruction(key);
    }
    return absl::OkStatus();
  }

  absl::Status DestroyOrphan(const hsm::StoredKey& key) {
    // The event comes after: a crash in between leaves an orphan destroyed and untold, not one told and still there.
    const absl::Status destroyed = services_.hsm.DestroyKey(key.id);
    if (!destroyed.ok()) return Refused(destroyed);
    keystore::Event event;
    event.time = services_.Now();
    event.actor = actor_.name;
    event.action = "OrphanDestroyed";
    event.resource = key.label;
    keystore::Change change;
    change.events = {std::move(event)};
    SIGNET_RETURN_IF_ERROR(services_.store.Commit(change).status());
    ++done_.orphans;
    return absl::OkStatus();
  }

  const Reconciliation& done() const { return done_; }

 private:
  // The creation died somewhere between its intent and its commit. If the pair is whole and proves itself, the caller gets it by
  // repeating the request_id; otherwise nothing may be left of it.
  absl::Status EndCreation(const KeyRecord& pending) {
    // It is left to the release that can read it, as in Certify.
    if (!StoredAlgorithm(pending.algorithm).ok()) return absl::OkStatus();
    // A pair that was to be wrapped died with its session.
    if (pending.protection == keystore::Protection::kWrapped) return GiveUp(pending);
    const absl::StatusOr<hsm::PublicKey> public_key = services_.hsm.ProveKey(HsmKeySpec(services_.instance_id, pending));
    if (public_key.ok()) {
      const absl::StatusOr<std::string> certificate = IssueCertificate(services_, pending, *public_key, signer_);
      absl::Status committed =
          certificate.ok() ? CommitGenerated(services_, pending.uid, {*public_key, *certificate, std::nullopt}, actor_).status()
                           : certificate.status();
      if (committed.ok()) ++done_.completed;
      if (!absl::IsAlreadyExists(committed) && !absl::IsNotFound(committed) && !absl::IsUnimplemented(committed)) return committed;
    } else if (!absl::IsNotFound(public_key.status()) && !absl::IsUnimplemented(public_key.status())) {
      return public_key.status();
    }
    return GiveUp(pending);
  }

  absl::Status GiveUp(const KeyRecord& pending) {
    SIGNET_RETURN_IF_ERROR(FailGeneration(services_, pending, actor_));
    ++done_.failed;
    // Not needed unless the HSM refused the first time: a run that returns has left nothing to the next one.
    SIGNET_RETURN_IF_ERROR(DestroyPrivateKey(services_, pending.uid, actor_).status());
    return absl::OkStatus();
  }

  // A key that this release cannot read is served by none; it is left to the one that can.
  absl::Status Certify(const KeyRecord& key) {
    const absl::StatusOr<hsm::PublicKey> public_key = StoredPublicKey(key);
    if (!public_key.ok()) return absl::OkStatus();
    const absl::StatusOr<std::string> certificate = IssueCertificate(services_, key, *public_key, signer_);
    // So is one that the token cannot sign with.
    if (absl::IsNotFound(certificate.status()) || absl::IsUnimplemented(certificate.status())) return absl::OkStatus();
    if (!certificate.ok()) return certificate.status();
    KeyRecord certified = key;
    certified.certificate_chain = {*certificate};
    keystore::Change change;
    change.puts = {certified};
    change.events = {MakeEvent(services_.Now(), actor_, "CertificateIssued", &key, certified)};
    SIGNET_RETURN_IF_ERROR(services_.store.Commit(change).status());
    ++done_.certified;
    return absl::OkStatus();
  }

  absl::Status EndDestruction(const KeyRecord& key) {
    // Tombstones grow in number: those that are done cost no further read.
    if (!key.in_hsm) return absl::OkStatus();
    const absl::StatusOr<Destruction> destruction = DestroyPrivateKey(services_, key.uid, actor_);
    if (!destruction.ok()) return Refused(destruction.status());
    if (*destruction == Destruction::kDone) ++done_.destroyed;
    return absl::OkStatus();
  }

  // What concerns one key of a token that answers keeps nobody from serving.
  absl::Status Refused(const absl::Status& error) {
    const std::optional<ErrorDetail> detail = GetErrorDetail(error);
    if (!detail || detail->reason != reason::kHsmUnavailable || !services_.hsm.CheckHealth().ok()) return error;
    ++done_.refused;
    return absl::OkStatus();
  }

  const Services& services_;
  KeySigner signer_;
  const Actor actor_ = {std::string(kSystemActor), ""};
  Reconciliation done_;
};

// All of it, but for showing it to readers. What it has read is gone when that begins, and the memory can be used again.
absl::StatusOr<Reconciliation> RepairAll(const Services& services) {
  // The token first: an intent is committed before its pair is generated, so whatever the token shows has its row by then.
  SIGNET_ASSIGN_OR_RETURN(const KeysOnToken on_token, ReadToken(services));
  SIGNET_ASSIGN_OR_RETURN(const KeyRows rows, ReadRows(services));
  SIGNET_ASSIGN_OR_RETURN(const int wrapping_keys, ResolveWrappingKeys(services));
  SIGNET_ASSIGN_OR_RETURN(const std::set<KeyUid> wrapped, ReadWrapped(services));
  Repair repair(services, wrapping_keys);
  for (const auto& [uid, row] : rows) {
    const auto found = on_token.find(uid);
    const bool is_on_token = found != on_token.end() && found->second.has_private_key;
    SIGNET_RETURN_IF_ERROR(
        repair.RepairRow(row, row.protection == keystore::Protection::kWrapped ? wrapped.contains(uid) : is_on_token));
  }
  for (const auto& [uid, stored] : on_token) {
    if (!rows.contains(uid)) SIGNET_RETURN_IF_ERROR(repair.DestroyOrphan(stored));
  }
  return repair.done();
}

}  // namespace

absl::StatusOr<Reconciliation> Reconcile(const Services& services) {
  SIGNET_ASSIGN_OR_RETURN(const Reconciliation done, RepairAll(services));
  SIGNET_RETURN_IF_ERROR(Publish(services));
  return done;
}

}  // namespace signet::core
