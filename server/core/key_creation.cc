#include "server/core/key_creation.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "keystore/policy.h"
#include "keystore/record_json.h"
#include "server/core/audit.h"
#include "server/core/commit.h"
#include "server/core/idempotency.h"
#include "server/core/key_generation.h"
#include "server/core/resource_lookup.h"

namespace signet::core {
namespace {

using keystore::KeyRecord;
using keystore::KeyState;
using keystore::RequestRecord;

// Intent is what the first step came to.
struct Intent {
  enum class Next { kGenerate, kReply };
  Next next = Next::kGenerate;
  // kGenerate: the PENDING_GENERATION key. kReply: the key of the first call with this request_id, or what would be made.
  KeyRecord key;
  keystore::ResolvedPolicy policy;
};

absl::Status CheckKidIsFree(const Services& services, const RingName& ring, const keystore::Kid& kid) {
  if (kid.empty()) return absl::OkStatus();
  SIGNET_ASSIGN_OR_RETURN(const std::optional<KeyRecord> key, services.store.GetKey(ring.tenant, kid));
  if (!key.has_value()) return absl::OkStatus();
  return Error(absl::StatusCode::kAlreadyExists, reason::kKeyExists,
               "the key id is or was in use in this tenant, and is never used again; choose another",
               {{"key", FormatKeyName({{key->tenant, key->ring}, kid})}});
}

absl::Status CheckRoom(const Services& services, const RingName& ring, int max_keys) {
  SIGNET_ASSIGN_OR_RETURN(const std::vector<KeyRecord> live, FindLiveKeys(services.store, ring));
  if (live.size() < static_cast<size_t>(max_keys)) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, reason::kKeyLimitReached,
               absl::StrCat(FormatRingName(ring), " holds its ", max_keys, " keys; delete or revoke one first"),
               {{"max_keys", absl::StrCat(max_keys)}});
}

// What CreateKey would return, as far as it is known before the key exists.
absl::StatusOr<Intent> Preview(KeyRecord key, const keystore::ResolvedPolicy& policy) {
  SIGNET_ASSIGN_OR_RETURN(key, keystore::Apply(key, keystore::KeyVerb::kGenerated, keystore::Force::kNo, key.create_time, policy));
  if (!key.kid_chosen) key.kid = keystore::Kid();
  return Intent{Intent::Next::kReply, std::move(key), policy};
}

// Returns the first call's key; nullopt if it came to nothing, so that the request may be attempted anew.
absl::StatusOr<std::optional<KeyRecord>> FirstKey(const Services& services, const RequestRecord& first, const Actor& actor) {
  if (!first.result.empty()) {
    SIGNET_ASSIGN_OR_RETURN(KeyRecord key, RememberedKey(services.store, first.result));
    return std::optional<KeyRecord>(std::move(key));
  }
  SIGNET_ASSIGN_OR_RETURN(const std::optional<KeyRecord> key, services.store.GetKeyByUid(first.key_uid));
  if (!key.has_value()) return Defect("a request without its key");
  if (key->state == KeyState::kGenerationFailed || key->state == KeyState::kDestroyed) return std::optional<KeyRecord>();
  if (key->state != KeyState::kPendingGeneration) return RequestInProgress();
  absl::StatusOr<KeyRecord> completed = CompleteGeneration(services, *key, actor);
  if (absl::IsNotFound(completed.status())) return RequestInProgress();
  SIGNET_RETURN_IF_ERROR(completed.status());
  return std::optional<KeyRecord>(*std::move(completed));
}

absl::StatusOr<Intent> Repeat(const Services& services, const RingName& ring, KeyRecord key) {
  SIGNET_ASSIGN_OR_RETURN(const std::optional<keystore::RingRecord> record, services.store.GetRing(ring.tenant, ring.ring));
  if (!record.has_value()) return Defect("a key without a ring");
  return Intent{Intent::Next::kReply, std::move(key), keystore::Resolve(record->policy)};
}

// Step one. The ring is written, unchanged, so that of two creations that both saw room for one key only one goes through.
absl::StatusOr<Intent> Intend(const Services& services, const RingName& ring, const keystore::Kid& kid,
                              const ChangeRequest& request) {
  const std::string& scope = ring.tenant.value();
  SIGNET_ASSIGN_OR_RETURN(const std::optional<RequestRecord> first, FindFirstRequest(services.store, scope, request));
  if (first.has_value()) {
    SIGNET_ASSIGN_OR_RETURN(std::optional<KeyRecord> key, FirstKey(services, *first, ActorOf(request)));
    if (key.has_value()) return Repeat(services, ring, *std::move(key));
  }
  SIGNET_ASSIGN_OR_RETURN(const keystore::RingRecord record, FindRing(services.store, ring));
  const keystore::ResolvedPolicy policy = keystore::Resolve(record.policy);
  SIGNET_RETURN_IF_ERROR(CheckKidIsFree(services, ring, kid));
  SIGNET_RETURN_IF_ERROR(CheckCanGenerate(services, record));
  SIGNET_RETURN_IF_ERROR(CheckRoom(services, ring, policy.max_keys));
  KeyRecord key = NewPendingKey(services, record, kid, request.request_id);
  if (request.mode == Mode::kValidateOnly) return Preview(std::move(key), policy);

  keystore::Change change;
  change.puts = {record, key};
  change.events = {MakeEvent(key.create_time, ActorOf(request), "CreateKey", nullptr, key)};
  if (!request.request_id.empty()) {
    RequestRecord begun = BeginRequest(scope, request, key.create_time);
    begun.key_uid = key.uid;
    // An attempt anew takes the place of the one that came to nothing.
    if (first.has_value()) begun.revision = first->revision;
    change.puts.emplace_back(std::move(begun));
  }
  SIGNET_RETURN_IF_ERROR(services.store.Commit(change).status());
  return Intent{Intent::Next::kGenerate, std::move(key), policy};
}

}  // namespace

absl::StatusOr<KeyView> CreateKey(const Services& services, const RingName& ring, const keystore::Kid& kid,
                                  const ChangeRequest& request) {
  if (!kid.empty()) SIGNET_RETURN_IF_ERROR(CheckKid("key_id", kid.value()).status());
  SIGNET_ASSIGN_OR_RETURN(Intent intent, RetryConcurrentChange([&] { return Intend(services, ring, kid, request); }));
  if (intent.next == Intent::Next::kGenerate) {
    // A crash behind it leaves a whole key; the caller, who saw no reply, gets it by repeating the request_id.
    SIGNET_ASSIGN_OR_RETURN(intent.key, GenerateIntendedKey(services, intent.key, ActorOf(request)));
  }
  if (request.mode == Mode::kExecute) SIGNET_RETURN_IF_ERROR(Publish(services));
  return MakeKeyView(std::move(intent.key), intent.policy);
}

}  // namespace signet::core
