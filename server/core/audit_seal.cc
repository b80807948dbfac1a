#include "server/core/audit_seal.h"

#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/base64url.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "nlohmann/json.hpp"
#include "server/core/audit.h"
#include "server/core/json_object.h"
#include "server/core/resource_lookup.h"

namespace signet::core {
namespace {

// Signatures of RSA-4096, the largest, take 683 characters.
constexpr size_t kMaxSealSize = 2048;
constexpr size_t kHashSize = 32;
// How far the clocks of replicas may differ: one revokes the key while another seals.
constexpr absl::Duration kClockTolerance = absl::Minutes(1);

// What the event of a seal says.
struct SealContent {
  AuditSeal seal;
  std::string signature;
};

std::optional<std::string> FindBytes(const nlohmann::ordered_json& object, absl::string_view name) {
  const nlohmann::ordered_json* member = FindMember(object, name);
  if (member == nullptr || !member->is_string()) return std::nullopt;
  return Base64UrlDecode(member->get<std::string>());
}

// nullopt if it is not as MakeSealEvent writes it.
std::optional<SealContent> ReadSeal(const keystore::Event& event) {
  if (event.after.size() > kMaxSealSize) return std::nullopt;
  const absl::StatusOr<KeyName> key = ParseKeyName("resource", event.resource);
  if (!key.ok() || key->ring != SealingRing()) return std::nullopt;
  const absl::StatusOr<nlohmann::ordered_json> object = ParseJsonObject(event.after);
  if (!object.ok()) return std::nullopt;
  const nlohmann::ordered_json* sequence = FindMember(*object, "sequence");
  if (sequence == nullptr || !sequence->is_number_integer()) return std::nullopt;
  std::optional<std::string> hash = FindBytes(*object, "hash");
  std::optional<std::string> signature = FindBytes(*object, "signature");
  if (!hash || hash->size() != kHashSize || !signature) return std::nullopt;
  return SealContent{{event.sequence, event.time, sequence->get<int64_t>(), *std::move(hash), *key}, *std::move(signature)};
}

}  // namespace

RingName SealingRing() { return {keystore::TenantId(std::string(kSystemTenant)), keystore::RingId(std::string(kAuditRing))}; }

std::string SealMessage(absl::string_view instance_id, int64_t sealed_sequence, absl::string_view sealed_hash) {
  constexpr absl::string_view kNul("\0", 1);
  return absl::StrCat("signet-audit-seal-v1", kNul, instance_id, kNul, sealed_sequence, kNul, sealed_hash);
}

keystore::Event MakeSealEvent(const AuditSeal& seal, absl::string_view signature) {
  keystore::Event event;
  event.time = seal.time;
  event.actor = std::string(kSystemActor);
  event.action = std::string(kSealAction);
  event.resource = FormatKeyName(seal.key);
  event.tenant = seal.key.ring.tenant;
  const nlohmann::ordered_json content = {
      {"sequence", seal.sealed_sequence}, {"hash", Base64UrlEncode(seal.sealed_hash)}, {"signature", Base64UrlEncode(signature)}};
  event.after = content.dump();
  return event;
}

absl::StatusOr<SealChecker::Result> SealChecker::Check(const keystore::Event& event) {
  std::optional<SealContent> content = ReadSeal(event);
  if (!content) return Result{.problem = "it is no seal that signet writes"};
  AuditSeal& seal = content->seal;
  if (seal.sealed_sequence < 1 || seal.sealed_sequence >= seal.sequence) {
    return Result{.problem = "the seal says that it seals an event that is not before it"};
  }
  SIGNET_ASSIGN_OR_RETURN(const Key* key, FindKey(seal.key.kid));
  if (key == nullptr) return Result{.problem = "the seal names a key that the audit ring does not have"};
  if (key->revoke_time && seal.time > *key->revoke_time + kClockTolerance) {
    return Result{.problem = "the seal was made after its key had been revoked"};
  }
  const std::string message = SealMessage(instance_id_, seal.sealed_sequence, seal.sealed_hash);
  if (!key->public_key.VerifyMessage(message, content->signature).ok()) {
    return Result{.problem = "the seal's signature does not match"};
  }
  return Result{.seal = std::move(seal)};
}

absl::StatusOr<const SealChecker::Key*> SealChecker::FindKey(const keystore::Kid& kid) {
  if (const auto found = keys_.find(kid); found != keys_.end()) return &found->second;
  const absl::StatusOr<std::optional<keystore::KeyRecord>> record = store_.GetKey(SealingRing().tenant, kid);
  // A record that is damaged is as good as none.
  if (GetReason(record.status()) == reason::kStoreCorrupt) return nullptr;
  SIGNET_RETURN_IF_ERROR(record.status());
  if (!record->has_value() || (*record)->ring != SealingRing().ring) return nullptr;
  absl::StatusOr<hsm::PublicKey> public_key = StoredPublicKey(**record);
  if (!public_key.ok()) return nullptr;
  return &keys_.emplace(kid, Key{*std::move(public_key), (*record)->revoke_time}).first->second;
}

}  // namespace signet::core
