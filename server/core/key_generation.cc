#include "server/core/key_generation.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/key_wrapper.h"
#include "keystore/lifecycle.h"
#include "keystore/record_json.h"
#include "server/core/commit.h"
#include "server/core/key_certificate.h"
#include "server/core/key_signer.h"
#include "server/core/private_key_destruction.h"
#include "server/core/resource_lookup.h"
#include "server/core/stored_wrapped_keys.h"
#include "server/core/wrapping_key_creation.h"

namespace signet::core {
namespace {

using keystore::KeyRecord;
using keystore::KeyState;
using keystore::KeyVerb;

constexpr size_t kUidBytes = 16;

// Both ends are written on the key's own row (and its request's) only: a PENDING_GENERATION key counts against max_keys as a
// DISABLED one does, so no rule over the ring can break, and creations that end do not disturb those that begin.

absl::StatusOr<KeyRecord> ReadKey(const Services& services, const keystore::KeyUid& uid) {
  SIGNET_ASSIGN_OR_RETURN(std::optional<KeyRecord> key, services.store.GetKeyByUid(uid));
  if (!key.has_value()) return Defect("an intended key has no row");
  return *std::move(key);
}

// The policy does not matter to these verbs.
absl::StatusOr<KeyRecord> EndGeneration(const KeyRecord& pending, KeyVerb verb, absl::Time now) {
  return keystore::Apply(pending, verb, keystore::Force::kNo, now, keystore::Resolve(keystore::KeyPolicy()));
}

absl::Status GivenUp() {
  return Error(absl::StatusCode::kAborted, reason::kConcurrentChange,
               "a reconciliation or the scheduler gave the key up while it was generated; create it again");
}

// Adds the result of the CreateKey that asked for `key`, unless another key was made for it since.
absl::Status FinishRequest(const Services& services, const KeyRecord& key, keystore::Change& change) {
  if (key.create_request_id.empty()) return absl::OkStatus();
  SIGNET_ASSIGN_OR_RETURN(std::optional<keystore::RequestRecord> record,
                          services.store.GetRequest(key.tenant.value(), key.create_request_id));
  if (!record.has_value() || record->key_uid != key.uid) return absl::OkStatus();
  record->result = keystore::ToJson(key);
  change.puts.emplace_back(*std::move(record));
  return absl::OkStatus();
}

// The kid of a key whose caller chose none. Those of SAP BTP are told apart by scripts, and look as random as the thumbprint is.
absl::StatusOr<keystore::Kid> DefaultKid(const Services& services, const KeyRecord& key, const hsm::PublicKey& public_key) {
  constexpr size_t kSapBytes = 5;
  SIGNET_ASSIGN_OR_RETURN(const std::optional<keystore::RingRecord> ring, services.store.GetRing(key.tenant, key.ring));
  std::string thumbprint;
  const bool is_sap = ring.has_value() && ring->policy.preset == keystore::Preset::kSapBtp &&
                      absl::WebSafeBase64Unescape(public_key.thumbprint(), &thumbprint);
  if (!is_sap) return keystore::Kid(public_key.thumbprint());
  return keystore::Kid(absl::StrCat("default-jwt-key-", absl::BytesToHexString(thumbprint.substr(0, kSapBytes))));
}

absl::StatusOr<KeyRecord> CommitGeneratedOnce(const Services& services, const keystore::KeyUid& uid, const GeneratedKey& made,
                                              const Actor& actor) {
  SIGNET_ASSIGN_OR_RETURN(const KeyRecord pending, ReadKey(services, uid));
  if (pending.state == KeyState::kGenerationFailed || pending.state == KeyState::kDestroyed) {
    return GivenUp();
  }
  if (pending.state != KeyState::kPendingGeneration) return pending;

  const absl::Time now = services.Now();
  SIGNET_ASSIGN_OR_RETURN(KeyRecord generated, EndGeneration(pending, KeyVerb::kGenerated, now));
  generated.public_key_der = made.public_key.spki_der();
  generated.certificate_chain = {made.certificate};
  if (!generated.kid_chosen) {
    SIGNET_ASSIGN_OR_RETURN(generated.kid, DefaultKid(services, generated, made.public_key));
  }
  keystore::Change change;
  change.puts = {generated};
  if (made.wrapped) change.puts.emplace_back(ToRecord(uid, *made.wrapped));
  change.events = {MakeEvent(now, actor, "KeyGenerated", &pending, generated)};
  SIGNET_RETURN_IF_ERROR(FinishRequest(services, generated, change));
  SIGNET_ASSIGN_OR_RETURN(generated.revision, services.store.Commit(change));
  return generated;
}

absl::Status CommitFailedOnce(const Services& services, const keystore::KeyUid& uid, const Actor& actor) {
  SIGNET_ASSIGN_OR_RETURN(const KeyRecord pending, ReadKey(services, uid));
  if (pending.state != KeyState::kPendingGeneration) return absl::OkStatus();
  const absl::Time now = services.Now();
  SIGNET_ASSIGN_OR_RETURN(KeyRecord failed, EndGeneration(pending, KeyVerb::kGenerationFailed, now));
  failed.kid = keystore::Kid(uid.value());
  failed.kid_chosen = false;
  keystore::Change change;
  change.puts = {failed};
  change.events = {MakeEvent(now, actor, "KeyGenerationFailed", &pending, failed)};
  return services.store.Commit(change).status();
}

}  // namespace

KeyRecord NewPendingKey(const Services& services, const keystore::RingRecord& ring, const keystore::Kid& kid,
                        const std::string& request_id) {
  KeyRecord key;
  key.uid = keystore::KeyUid(absl::BytesToHexString(services.random.Bytes(kUidBytes)));
  key.tenant = ring.tenant;
  key.ring = ring.id;
  key.kid_chosen = !kid.empty();
  key.kid = key.kid_chosen ? kid : keystore::Kid(key.uid.value());
  key.algorithm = ring.algorithm;
  key.protection = ring.protection;
  key.create_request_id = request_id;
  key.create_time = services.Now();
  key.update_time = key.create_time;
  return key;
}

absl::Status CheckHsmSupports(const Services& services, const std::string& algorithm_name) {
  SIGNET_ASSIGN_OR_RETURN(const hsm::Algorithm algorithm, StoredAlgorithm(algorithm_name));
  if (services.hsm.Supports(algorithm)) return absl::OkStatus();
  return Error(absl::StatusCode::kUnimplemented, reason::kHsmUnsupported,
               absl::StrCat("the hsm has no ", algorithm_name, "; give the ring another algorithm"),
               {{"algorithm", algorithm_name}});
}

absl::Status CheckCanGenerate(const Services& services, const keystore::RingRecord& ring) {
  SIGNET_RETURN_IF_ERROR(CheckHsmSupports(services, ring.algorithm));
  if (ring.protection == keystore::Protection::kToken) return absl::OkStatus();
  SIGNET_RETURN_IF_ERROR(CheckHsmWraps(services, ring.algorithm));
  return CheckCurrentWrappingKey(services);
}

namespace {

// Makes a pair on the token. A crash behind it leaves a pending row and a proven pair: reconciliation proves it again and commits
// it.
absl::StatusOr<GeneratedKey> GenerateOnToken(const Services& services, const KeyRecord& pending) {
  absl::StatusOr<hsm::PublicKey> public_key = services.hsm.GenerateKey(HsmKeySpec(services.instance_id, pending));
  // To the caller ALREADY_EXISTS would mean the kid.
  if (absl::IsAlreadyExists(public_key.status())) return Defect("the hsm holds a key under an id that was drawn at random");
  SIGNET_RETURN_IF_ERROR(public_key.status());
  services.steps.Reached(kStepCreateGenerated);
  KeySigner signer(services.hsm, services.store);
  SIGNET_ASSIGN_OR_RETURN(std::string certificate, IssueCertificate(services, pending, *public_key, signer));
  return GeneratedKey{*std::move(public_key), std::move(certificate), std::nullopt};
}

// Makes a pair that is wrapped. A crash behind it leaves a pending row and nothing else: reconciliation marks it as failed.
absl::StatusOr<GeneratedKey> GenerateWrapped(const Services& services, const KeyRecord& pending, const Actor& actor) {
  SIGNET_ASSIGN_OR_RETURN(const keystore::WrappingKeyRecord wrapping_key, CurrentWrappingKey(services, actor));
  const hsm::KeySpec spec = HsmKeySpec(services.instance_id, pending);
  absl::StatusOr<hsm::WrappedKey> wrapped =
      services.hsm.key_wrapper().GenerateWrappedKey(spec, absl::HexStringToBytes(wrapping_key.uid.value()));
  if (absl::IsNotFound(wrapped.status())) return LacksWrappingKey(wrapping_key);
  SIGNET_RETURN_IF_ERROR(wrapped.status());
  services.steps.Reached(kStepCreateGenerated);
  SIGNET_ASSIGN_OR_RETURN(hsm::PublicKey public_key, hsm::PublicKey::FromSpki(spec.algorithm, wrapped->public_key_der));
  // Others may make another pair for the same row meanwhile, so that this one must not be found by the id of the row.
  const std::unique_ptr<hsm::Signer> signer = services.hsm.key_wrapper().CreateSignerOf(*wrapped);
  SIGNET_ASSIGN_OR_RETURN(std::string certificate, IssueCertificate(services, pending, public_key, *signer));
  return GeneratedKey{std::move(public_key), std::move(certificate), *std::move(wrapped)};
}

absl::StatusOr<GeneratedKey> Generate(const Services& services, const KeyRecord& pending, const Actor& actor) {
  if (pending.protection == keystore::Protection::kToken) return GenerateOnToken(services, pending);
  return GenerateWrapped(services, pending, actor);
}

}  // namespace

absl::StatusOr<KeyRecord> GenerateIntendedKey(const Services& services, const KeyRecord& pending, const Actor& actor) {
  // A crash here leaves a pending row and no pair, or half of one: reconciliation removes that and marks the row as failed.
  services.steps.Reached(kStepCreateIntended);
  const absl::StatusOr<GeneratedKey> made = Generate(services, pending, actor);
  if (!made.ok()) {
    // The HSM's error is what the caller can act on; if this fails too, reconciliation ends the key.
    (void)FailGeneration(services, pending, actor);
    // To the caller NOT_FOUND would mean a name of theirs: here the pair was destroyed as it was made.
    return absl::IsNotFound(made.status()) ? GivenUp() : made.status();
  }
  absl::StatusOr<KeyRecord> generated = CommitGenerated(services, pending.uid, *made, actor);
  if (absl::IsAlreadyExists(generated.status()) || absl::IsAborted(generated.status())) {
    (void)FailGeneration(services, pending, actor);
  }
  if (generated.ok()) services.steps.Reached(kStepCreateCommitted);
  return generated;
}

absl::StatusOr<KeyRecord> CommitGenerated(const Services& services, const keystore::KeyUid& uid, const GeneratedKey& made,
                                          const Actor& actor) {
  return RetryConcurrentChange([&] { return CommitGeneratedOnce(services, uid, made, actor); });
}

absl::StatusOr<KeyRecord> CompleteGeneration(const Services& services, const KeyRecord& pending, const Actor& actor) {
  if (pending.protection == keystore::Protection::kWrapped) {
    SIGNET_ASSIGN_OR_RETURN(const GeneratedKey made, GenerateWrapped(services, pending, actor));
    return CommitGenerated(services, pending.uid, made, actor);
  }
  SIGNET_ASSIGN_OR_RETURN(hsm::PublicKey public_key, services.hsm.ProveKey(HsmKeySpec(services.instance_id, pending)));
  KeySigner signer(services.hsm, services.store);
  SIGNET_ASSIGN_OR_RETURN(std::string certificate, IssueCertificate(services, pending, public_key, signer));
  return CommitGenerated(services, pending.uid, {std::move(public_key), std::move(certificate), std::nullopt}, actor);
}

absl::Status FailGeneration(const Services& services, const KeyRecord& pending, const Actor& actor) {
  // The state first: a maker that commits its key at the same time either finds it given up, or has made this do nothing. A crash
  // behind it leaves a failed row that says in_hsm, as that of a retired key.
  SIGNET_RETURN_IF_ERROR(RetryConcurrentChange([&] { return CommitFailedOnce(services, pending.uid, actor); }));
  SIGNET_ASSIGN_OR_RETURN(const KeyRecord key, ReadKey(services, pending.uid));
  if (keystore::IsLive(key)) return absl::OkStatus();
  // A slow maker can have made the pair after its destruction was confirmed.
  const absl::Status destroyed = key.in_hsm ? DestroyPrivateKey(services, key.uid, actor).status() : DestroyInHsm(services, key);
  if (!destroyed.ok()) LogPrivateKeyLeft(services, key, destroyed);
  return absl::OkStatus();
}

}  // namespace signet::core
