#include "server/core/key_rings.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "keystore/record_json.h"
#include "keystore/rotation_plan.h"
#include "server/core/audit.h"
#include "server/core/commit.h"
#include "server/core/etag.h"
#include "server/core/idempotency.h"
#include "server/core/key_certificate.h"
#include "server/core/key_generation.h"
#include "server/core/page_token.h"
#include "server/core/reserved_tenant.h"
#include "server/core/resource_lookup.h"
#include "server/core/wrapping_key_creation.h"

namespace signet::core {
namespace {

using keystore::RingRecord;

RingName NameOf(const RingRecord& ring) { return {ring.tenant, ring.id}; }

RingRecord Updated(const RingRecord& ring, const RingUpdate& update) {
  RingRecord updated = ring;
  keystore::KeyPolicy& policy = updated.policy;
  if (update.algorithm.has_value()) updated.algorithm = std::string(hsm::GetAlgorithmInfo(*update.algorithm).name);
  if (update.protection.has_value()) updated.protection = *update.protection;
  if (update.preset.has_value()) policy.preset = *update.preset;
  if (update.max_keys.has_value()) policy.max_keys = *update.max_keys;
  if (update.activation_delay.has_value()) policy.activation_delay = *update.activation_delay;
  if (update.min_retention.has_value()) policy.min_retention = *update.min_retention;
  if (update.retain_until_revoked.has_value()) policy.retain_until_revoked = *update.retain_until_revoked;
  if (update.max_token_ttl.has_value()) policy.max_token_ttl = *update.max_token_ttl;
  if (update.refresh_token_validity.has_value()) policy.refresh_token_validity = *update.refresh_token_validity;
  if (update.jwks_max_age.has_value()) policy.jwks_max_age = *update.jwks_max_age;
  if (update.keep_next.has_value()) policy.keep_next = *update.keep_next;
  if (update.automatic.has_value()) policy.automatic = *update.automatic;
  if (update.period.has_value()) policy.period = *update.period;
  if (update.retirement_delay.has_value()) policy.retirement_delay = *update.retirement_delay;
  if (update.signing_grace.has_value()) policy.signing_grace = *update.signing_grace;
  if (update.idempotency_window.has_value()) policy.idempotency_window = *update.idempotency_window;
  if (update.rotations_per_day.has_value()) policy.rotations_per_day = *update.rotations_per_day;
  if (update.revoked_history.has_value()) policy.revoked_history = *update.revoked_history;
  keystore::CertificateProfile& certificate = updated.certificate;
  if (update.common_name.has_value()) certificate.common_name = *update.common_name;
  if (update.organization.has_value()) certificate.organization = *update.organization;
  if (update.organizational_unit.has_value()) certificate.organizational_unit = *update.organizational_unit;
  if (update.country.has_value()) certificate.country = *update.country;
  if (update.certificate_validity.has_value()) certificate.validity = *update.certificate_validity;
  return updated;
}

// Begins a rotation where `automatic` was switched on, unless one is under way: its NEXT key is made, if it is missing, and enabled
// by the scheduler.
void StartRotationIfSwitchedOn(const RingRecord& before, const Actor& actor, absl::Time now, RingRecord& ring) {
  if (keystore::Resolve(before.policy).automatic || !keystore::Resolve(ring.policy).automatic) return;
  if (keystore::IsUnderWay(ring)) return;
  keystore::Rotation rotation = keystore::BeginRotation(ring, now);
  rotation.actor = actor.name;
  rotation.request_id = actor.request_id;
  rotation.reason = "automatic rotation was switched on";
  ring.rotation = std::move(rotation);
}

}  // namespace

absl::StatusOr<RingView> KeyRings::View(RingRecord record) {
  RingView view;
  view.policy = keystore::Resolve(record.policy);
  view.etag = EtagOf(record);
  SIGNET_ASSIGN_OR_RETURN(const std::vector<keystore::KeyRecord> keys, FindLiveKeys(services_.store, NameOf(record)));
  if (record.rotation) {
    SIGNET_ASSIGN_OR_RETURN(view.rotation, MakeRotationView(services_.store, *record.rotation, keys));
  }
  const absl::Time next = keystore::NextRotationTime(record, keys);
  if (next != absl::InfiniteFuture()) view.next_rotation_time = next;
  view.record = std::move(record);
  return view;
}

absl::StatusOr<RingView> KeyRings::RepeatResult(const std::string& result) {
  SIGNET_ASSIGN_OR_RETURN(RingRecord ring, keystore::RingFromJson(result));
  SIGNET_RETURN_IF_ERROR(Publish(services_));
  return View(std::move(ring));
}

absl::StatusOr<RingView> KeyRings::CreateOnce(const RingRecord& wanted, const ChangeRequest& request) {
  const std::string& scope = wanted.tenant.value();
  SIGNET_ASSIGN_OR_RETURN(const std::optional<std::string> first, FindFirstResult(services_.store, scope, request));
  if (first.has_value()) return RepeatResult(*first);

  SIGNET_ASSIGN_OR_RETURN(const keystore::TenantRecord tenant, FindTenant(services_.store, wanted.tenant));
  SIGNET_ASSIGN_OR_RETURN(const std::optional<RingRecord> former, services_.store.GetRing(wanted.tenant, wanted.id));
  if (former.has_value() && !former->delete_time.has_value()) {
    return Error(absl::StatusCode::kAlreadyExists, reason::kKeyRingExists,
                 absl::StrCat(FormatRingName(NameOf(wanted)), " exists; choose another id"),
                 {{"ring", FormatRingName(NameOf(wanted))}});
  }
  if (request.mode == Mode::kValidateOnly) return View(wanted);
  // Now rather than with its first key, so that who makes the ring learns what is wrong.
  if (wanted.protection == keystore::Protection::kWrapped) {
    SIGNET_RETURN_IF_ERROR(CurrentWrappingKey(services_, ActorOf(request)).status());
  }

  // Verifiers may hold the tenant's JWKS from before this ring promised anything. The oldest ring's promise bounds what was served.
  SIGNET_ASSIGN_OR_RETURN(const RingRecord oldest,
                          FindRing(services_.store, {wanted.tenant, keystore::RingId(std::string(kAccessTokenRing))}));
  // A deleted ring's row is written over.
  RingRecord ring = wanted;
  ring.policy.jwks_cached_until = keystore::CachedUntil(oldest.policy, ring.create_time);
  ring.revision = former.has_value() ? former->revision : 0;
  keystore::Change change;
  // The tenant is written, unchanged, so that it cannot be deleted as empty at the same time.
  change.puts = {tenant, ring};
  change.events = {MakeEvent(ring.create_time, ActorOf(request), "CreateKeyRing", nullptr, ring)};
  RememberResult(scope, request, keystore::ToJson(ring), ring.create_time, change);
  SIGNET_RETURN_IF_ERROR(CommitAndPublish(services_, change));
  return View(std::move(ring));
}

absl::StatusOr<RingView> KeyRings::Create(const RingName& name, const NewRing& ring, const ChangeRequest& request) {
  SIGNET_RETURN_IF_ERROR(CheckNotReserved(name.tenant));
  SIGNET_RETURN_IF_ERROR(CheckRingId("key_ring_id", name.ring.value()).status());
  SIGNET_RETURN_IF_ERROR(keystore::ValidatePolicy(ring.policy));
  SIGNET_RETURN_IF_ERROR(CheckCertificateProfile("certificate_profile", ring.certificate));
  const hsm::Algorithm algorithm = ring.algorithm.value_or(hsm::Algorithm::kEs256);
  SIGNET_RETURN_IF_ERROR(CheckHsmSupports(services_, std::string(hsm::GetAlgorithmInfo(algorithm).name)));
  if (ring.protection == keystore::Protection::kWrapped) {
    SIGNET_RETURN_IF_ERROR(CheckHsmWraps(services_, std::string(hsm::GetAlgorithmInfo(algorithm).name)));
  }
  RingRecord wanted;
  wanted.protection = ring.protection;
  wanted.tenant = name.tenant;
  wanted.id = name.ring;
  wanted.algorithm = std::string(hsm::GetAlgorithmInfo(algorithm).name);
  wanted.policy = ring.policy;
  wanted.certificate = ring.certificate;
  wanted.create_time = services_.Now();
  wanted.update_time = wanted.create_time;
  return RetryConcurrentChange([&] { return CreateOnce(wanted, request); });
}

absl::StatusOr<RingView> KeyRings::Get(const RingName& name) {
  SIGNET_ASSIGN_OR_RETURN(RingRecord ring, FindRing(services_.store, name));
  return View(std::move(ring));
}

absl::StatusOr<ListResult<RingView>> KeyRings::List(const keystore::TenantId& tenant, const ListRequest& request) {
  const ListScope scope{"ListKeyRings", {tenant.value()}};
  SIGNET_ASSIGN_OR_RETURN(const keystore::Page page, ToPage(scope, request));
  SIGNET_RETURN_IF_ERROR(FindTenant(services_.store, tenant).status());
  SIGNET_ASSIGN_OR_RETURN(std::vector<RingRecord> rings, services_.store.ListRings(tenant, WithLookAhead(page)));
  ListResult<RingView> result;
  result.next_page_token = EndPage(scope, page, rings, [](const RingRecord& ring) { return ring.id.value(); });
  for (RingRecord& ring : rings) {
    SIGNET_ASSIGN_OR_RETURN(result.items.emplace_back(), View(std::move(ring)));
  }
  return result;
}

absl::StatusOr<RingView> KeyRings::UpdateOnce(const RingName& name, const RingUpdate& update, const ChangeRequest& request) {
  const std::string& scope = name.tenant.value();
  SIGNET_ASSIGN_OR_RETURN(const std::optional<std::string> first, FindFirstResult(services_.store, scope, request));
  if (first.has_value()) return RepeatResult(*first);

  SIGNET_ASSIGN_OR_RETURN(const RingRecord ring, FindRing(services_.store, name));
  SIGNET_RETURN_IF_ERROR(CheckEtag(request, EtagOf(ring)));
  RingRecord updated = Updated(ring, update);
  SIGNET_RETURN_IF_ERROR(keystore::ValidatePolicy(updated.policy));
  SIGNET_RETURN_IF_ERROR(CheckCertificateProfile("certificate_profile", updated.certificate));
  if (update.algorithm.has_value()) SIGNET_RETURN_IF_ERROR(CheckHsmSupports(services_, updated.algorithm));
  const bool makes_wrapped =
      updated.protection == keystore::Protection::kWrapped && (update.algorithm.has_value() || update.protection.has_value());
  if (makes_wrapped) SIGNET_RETURN_IF_ERROR(CheckHsmWraps(services_, updated.algorithm));

  const absl::Time now = services_.Now();
  if (keystore::Resolve(updated.policy).jwks_max_age < keystore::Resolve(ring.policy).jwks_max_age) {
    updated.policy.jwks_cached_until = keystore::CachedUntil(ring.policy, now);
  }
  const Actor actor = ActorOf(request);
  StartRotationIfSwitchedOn(ring, actor, now, updated);
  const bool changed = updated != ring;
  if (changed) updated.update_time = now;
  if (request.mode == Mode::kValidateOnly) return View(std::move(updated));
  if (makes_wrapped) SIGNET_RETURN_IF_ERROR(CurrentWrappingKey(services_, actor).status());
  if (!changed && request.request_id.empty()) {
    SIGNET_RETURN_IF_ERROR(Publish(services_));
    return View(std::move(updated));
  }
  keystore::Change change;
  change.events = {MakeEvent(now, actor, "UpdateKeyRing", &ring, updated)};
  if (changed) {
    change.puts.emplace_back(updated);
  } else {
    change.expectations.push_back({ring});
  }
  RememberResult(scope, request, keystore::ToJson(updated), now, change);
  SIGNET_RETURN_IF_ERROR(CommitAndPublish(services_, change));
  return View(std::move(updated));
}

absl::StatusOr<RingView> KeyRings::Update(const RingName& name, const RingUpdate& update, const ChangeRequest& request) {
  SIGNET_RETURN_IF_ERROR(CheckNotReserved(name.tenant));
  return RetryConcurrentChange([&] { return UpdateOnce(name, update, request); });
}

// The ring's row is read before its keys, and put: whoever adds a key puts it too, so that none slips in between.
absl::Status KeyRings::DeleteOnce(const RingName& name, const ChangeRequest& request) {
  const std::string& scope = name.tenant.value();
  SIGNET_ASSIGN_OR_RETURN(const std::optional<std::string> first, FindFirstResult(services_.store, scope, request));
  if (first.has_value()) return Publish(services_);

  SIGNET_ASSIGN_OR_RETURN(const RingRecord ring, FindRing(services_.store, name));
  if (ring.id.value() == kAccessTokenRing) {
    return Error(absl::StatusCode::kFailedPrecondition, reason::kKeyRingPermanent,
                 "the ring access-token goes with its tenant; delete that");
  }
  SIGNET_RETURN_IF_ERROR(CheckEtag(request, EtagOf(ring)));
  SIGNET_ASSIGN_OR_RETURN(const bool holds_keys, HoldsKeys(services_.store, name));
  if (holds_keys) {
    return Error(absl::StatusCode::kFailedPrecondition, reason::kKeyRingNotEmpty,
                 absl::StrCat(FormatRingName(name), " holds keys that are not destroyed; delete those first"));
  }
  if (request.mode == Mode::kValidateOnly) return absl::OkStatus();

  const absl::Time now = services_.Now();
  RingRecord deleted = ring;
  deleted.update_time = now;
  deleted.delete_time = now;
  keystore::Change change;
  change.puts = {deleted};
  change.events = {MakeEvent(now, ActorOf(request), "DeleteKeyRing", &ring, deleted)};
  RememberResult(scope, request, kEmptyResult, now, change);
  return CommitAndPublish(services_, change);
}

absl::Status KeyRings::Delete(const RingName& name, const ChangeRequest& request) {
  SIGNET_RETURN_IF_ERROR(CheckNotReserved(name.tenant));
  return RetryConcurrentChange([&] { return DeleteOnce(name, request); });
}

}  // namespace signet::core
