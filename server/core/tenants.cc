#include "server/core/tenants.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/algorithm.h"
#include "keystore/record_json.h"
#include "server/core/audit.h"
#include "server/core/commit.h"
#include "server/core/etag.h"
#include "server/core/idempotency.h"
#include "server/core/names.h"
#include "server/core/page_token.h"
#include "server/core/reserved_tenant.h"
#include "server/core/resource_lookup.h"
#include "server/core/tenant_fields.h"
#include "server/core/tenant_tree.h"

namespace signet::core {
namespace {

using keystore::RingRecord;
using keystore::TenantId;
using keystore::TenantRecord;

// The scope of request_ids: changes of tenants share one, as the tenant of a CreateTenant may not have an id yet.
const char kScope[] = "";

RingName AccessTokenRing(const TenantId& tenant) { return {tenant, keystore::RingId(std::string(kAccessTokenRing))}; }

absl::Status NotEmpty(const TenantId& id, absl::string_view what) {
  return Error(absl::StatusCode::kFailedPrecondition, reason::kTenantNotEmpty,
               absl::StrCat(FormatTenantName(id), " still owns ", what, "; delete those first"));
}

absl::Status CheckFields(const TenantRecord& tenant) {
  SIGNET_RETURN_IF_ERROR(CheckDisplayName(tenant.display_name));
  SIGNET_RETURN_IF_ERROR(CheckIssuer(tenant.issuer));
  SIGNET_RETURN_IF_ERROR(CheckHostAliases(tenant.host_aliases));
  return CheckParentIsFit(tenant.kind, tenant.parent);
}

TenantRecord Updated(const TenantRecord& tenant, const TenantUpdate& update) {
  TenantRecord updated = tenant;
  if (update.display_name.has_value()) {
    updated.display_name = update.display_name->empty() ? tenant.id.value() : *update.display_name;
  }
  if (update.parent.has_value()) updated.parent = *update.parent;
  if (update.issuer.has_value()) updated.issuer = *update.issuer;
  if (update.host_aliases.has_value()) updated.host_aliases = *update.host_aliases;
  if (update.custom_signing_keys.has_value()) updated.custom_signing_keys = *update.custom_signing_keys;
  return updated;
}

}  // namespace

TenantView Tenants::View(TenantRecord record) const {
  std::string issuer = IssuerOf(record, services_.public_url);
  std::string etag = EtagOf(record);
  return {std::move(record), std::move(issuer), std::move(etag)};
}

absl::StatusOr<TenantView> Tenants::RepeatResult(const std::string& result) {
  SIGNET_ASSIGN_OR_RETURN(TenantRecord tenant, keystore::TenantFromJson(result));
  SIGNET_RETURN_IF_ERROR(Publish(services_));
  return View(std::move(tenant));
}

// The store holds the aliases unique at the commit; this look names the alias, and serves calls that only validate.
absl::Status Tenants::CheckHostAliasesAreFree(const TenantRecord& tenant) {
  for (const std::string& alias : tenant.host_aliases) {
    SIGNET_ASSIGN_OR_RETURN(const std::optional<TenantRecord> owner, services_.store.GetTenantByHostAlias(alias));
    if (!owner.has_value() || owner->delete_time.has_value() || owner->id == tenant.id) continue;
    return Error(absl::StatusCode::kAlreadyExists, reason::kHostAliasExists,
                 absl::StrCat("the host alias ", alias, " belongs to another tenant"), {{"host_alias", alias}});
  }
  return absl::OkStatus();
}

// A key that gets such a kid later goes before the custom one in the JWKS.
absl::Status Tenants::CheckCustomKidsAreFree(const TenantRecord& tenant) {
  for (const keystore::CustomSigningKey& key : tenant.custom_signing_keys) {
    SIGNET_ASSIGN_OR_RETURN(const auto own, services_.store.GetKey(tenant.id, keystore::Kid(key.kid)));
    if (!own.has_value()) continue;
    return Error(absl::StatusCode::kAlreadyExists, reason::kKeyExists,
                 absl::StrCat("the kid ", key.kid, " is that of a key of the tenant itself; choose another"), {{"kid", key.kid}});
  }
  return absl::OkStatus();
}

absl::Status Tenants::Place(const TenantRecord& tenant, keystore::Change& change) {
  if (!tenant.parent.has_value()) return absl::OkStatus();
  return PutBelow(services_.store, tenant.id, *tenant.parent, change);
}

absl::StatusOr<TenantView> Tenants::CreateOnce(const TenantRecord& wanted, const ChangeRequest& request) {
  SIGNET_ASSIGN_OR_RETURN(const std::optional<std::string> first, FindFirstResult(services_.store, kScope, request));
  if (first.has_value()) return RepeatResult(*first);

  keystore::Change change;
  SIGNET_RETURN_IF_ERROR(Place(wanted, change));
  SIGNET_ASSIGN_OR_RETURN(const std::optional<TenantRecord> former, services_.store.GetTenant(wanted.id));
  if (former.has_value() && !former->delete_time.has_value()) {
    return Error(absl::StatusCode::kAlreadyExists, reason::kTenantExists,
                 absl::StrCat(FormatTenantName(wanted.id), " exists; choose another id"),
                 {{"tenant", FormatTenantName(wanted.id)}});
  }
  SIGNET_RETURN_IF_ERROR(CheckHostAliasesAreFree(wanted));
  if (request.mode == Mode::kValidateOnly) return View(wanted);

  // A deleted tenant's rows are written over.
  TenantRecord tenant = wanted;
  tenant.revision = former.has_value() ? former->revision : 0;
  const RingName ring_name = AccessTokenRing(tenant.id);
  SIGNET_ASSIGN_OR_RETURN(const std::optional<RingRecord> former_ring, services_.store.GetRing(ring_name.tenant, ring_name.ring));
  RingRecord ring;
  ring.tenant = ring_name.tenant;
  ring.id = ring_name.ring;
  ring.algorithm = std::string(hsm::GetAlgorithmInfo(hsm::Algorithm::kEs256).name);
  ring.create_time = tenant.create_time;
  ring.update_time = tenant.create_time;
  ring.revision = former_ring.has_value() ? former_ring->revision : 0;

  change.puts.emplace_back(tenant);
  change.puts.emplace_back(ring);
  change.events = {MakeEvent(tenant.create_time, ActorOf(request), "CreateTenant", nullptr, tenant),
                   MakeEvent(tenant.create_time, ActorOf(request), "CreateTenant", nullptr, ring)};
  RememberResult(kScope, request, keystore::ToJson(tenant), tenant.create_time, change);
  SIGNET_RETURN_IF_ERROR(CommitAndPublish(services_, change));
  return View(std::move(tenant));
}

absl::StatusOr<TenantView> Tenants::Create(const NewTenant& tenant, const ChangeRequest& request) {
  TenantRecord wanted;
  wanted.id = TenantId(tenant.id.empty() ? NewUuid(services_.random) : tenant.id);
  SIGNET_RETURN_IF_ERROR(CheckTenantId("tenant_id", wanted.id.value()).status());
  SIGNET_RETURN_IF_ERROR(CheckNotReserved(wanted.id));
  wanted.kind = tenant.kind;
  wanted.display_name = tenant.display_name.empty() ? wanted.id.value() : tenant.display_name;
  wanted.parent = tenant.parent;
  wanted.issuer = tenant.issuer;
  wanted.host_aliases = tenant.host_aliases;
  wanted.create_time = services_.Now();
  wanted.update_time = wanted.create_time;
  SIGNET_RETURN_IF_ERROR(CheckFields(wanted));
  return RetryConcurrentChange([&] { return CreateOnce(wanted, request); });
}

absl::StatusOr<TenantView> Tenants::Get(const TenantId& id) {
  SIGNET_ASSIGN_OR_RETURN(TenantRecord tenant, FindTenant(services_.store, id));
  return View(std::move(tenant));
}

absl::StatusOr<ListResult<TenantView>> Tenants::List(const keystore::KeyStore::TenantFilter& filter, const ListRequest& request) {
  const ListScope scope{"ListTenants",
                        {filter.parent.has_value() ? filter.parent->value() : "",
                         filter.kind.has_value() ? std::string(keystore::ToWord(*filter.kind)) : ""}};
  SIGNET_ASSIGN_OR_RETURN(const keystore::Page page, ToPage(scope, request));
  if (filter.parent.has_value()) SIGNET_RETURN_IF_ERROR(FindTenant(services_.store, *filter.parent).status());
  // One more than the look-ahead, in the place of the one that may be left out.
  keystore::Page read = WithLookAhead(page);
  ++read.limit;
  SIGNET_ASSIGN_OR_RETURN(std::vector<TenantRecord> tenants, services_.store.ListTenants(filter, read));
  if (filter.kind != keystore::TenantKind::kSystem) {
    std::erase_if(tenants, [](const TenantRecord& tenant) { return tenant.kind == keystore::TenantKind::kSystem; });
  }
  ListResult<TenantView> result;
  result.next_page_token = EndPage(scope, page, tenants, [](const TenantRecord& tenant) { return tenant.id.value(); });
  for (TenantRecord& tenant : tenants) result.items.push_back(View(std::move(tenant)));
  return result;
}

// Who reaches a tenant reaches all of its children, so only the whole list has to be put together.
absl::StatusOr<ListResult<TenantView>> Tenants::ListReached(const Principal& caller, const keystore::KeyStore::TenantFilter& filter,
                                                            const ListRequest& request) {
  if (ReachesAll(caller) || filter.parent.has_value()) return List(filter, request);
  // The caller's tenant is part of the list's identity: a page token of one caller is of no use to another.
  const ListScope scope{
      "ListTenants", {"below", caller.tenant->value(), filter.kind.has_value() ? std::string(keystore::ToWord(*filter.kind)) : ""}};
  SIGNET_ASSIGN_OR_RETURN(const keystore::Page page, ToPage(scope, request));
  SIGNET_ASSIGN_OR_RETURN(std::vector<TenantRecord> tenants, FindSubtree(services_.store, *caller.tenant));
  std::erase_if(tenants, [&](const TenantRecord& tenant) {
    return tenant.id.value() <= page.after || (filter.kind.has_value() && tenant.kind != *filter.kind);
  });
  std::sort(tenants.begin(), tenants.end(), [](const TenantRecord& a, const TenantRecord& b) { return a.id < b.id; });
  ListResult<TenantView> result;
  result.next_page_token = EndPage(scope, page, tenants, [](const TenantRecord& tenant) { return tenant.id.value(); });
  for (TenantRecord& tenant : tenants) result.items.push_back(View(std::move(tenant)));
  return result;
}

absl::StatusOr<TenantView> Tenants::UpdateOnce(const TenantId& id, const TenantUpdate& update, const ChangeRequest& request) {
  SIGNET_ASSIGN_OR_RETURN(const std::optional<std::string> first, FindFirstResult(services_.store, kScope, request));
  if (first.has_value()) return RepeatResult(*first);

  SIGNET_ASSIGN_OR_RETURN(const TenantRecord tenant, FindTenant(services_.store, id));
  SIGNET_RETURN_IF_ERROR(CheckEtag(request, EtagOf(tenant)));
  TenantRecord updated = Updated(tenant, update);
  SIGNET_RETURN_IF_ERROR(CheckFields(updated));
  SIGNET_RETURN_IF_ERROR(CheckHostAliasesAreFree(updated));
  if (update.custom_signing_keys) SIGNET_RETURN_IF_ERROR(CheckCustomKidsAreFree(updated));
  keystore::Change change;
  if (updated.parent != tenant.parent) SIGNET_RETURN_IF_ERROR(Place(updated, change));

  const bool changed = updated != tenant;
  if (changed) updated.update_time = services_.Now();
  if (request.mode == Mode::kValidateOnly) return View(std::move(updated));
  if (changed) {
    change.puts.emplace_back(updated);
  } else if (request.request_id.empty()) {
    SIGNET_RETURN_IF_ERROR(Publish(services_));
    return View(std::move(updated));
  } else {
    change.expectations.push_back({tenant});
  }
  const absl::Time now = services_.Now();
  change.events = {MakeEvent(now, ActorOf(request), "UpdateTenant", &tenant, updated)};
  RememberResult(kScope, request, keystore::ToJson(updated), now, change);
  SIGNET_RETURN_IF_ERROR(CommitAndPublish(services_, change));
  return View(std::move(updated));
}

absl::StatusOr<TenantView> Tenants::Update(const TenantId& id, const TenantUpdate& update, const ChangeRequest& request) {
  SIGNET_RETURN_IF_ERROR(CheckNotReserved(id));
  return RetryConcurrentChange([&] { return UpdateOnce(id, update, request); });
}

// The rows of the tenant and its ring are read before what they own, and put: whoever adds a child, a ring or a credential puts
// the tenant's row too, and whoever adds a key the ring's, so that nothing slips in between.
absl::Status Tenants::DeleteOnce(const TenantId& id, const ChangeRequest& request) {
  SIGNET_ASSIGN_OR_RETURN(const std::optional<std::string> first, FindFirstResult(services_.store, kScope, request));
  if (first.has_value()) return Publish(services_);

  SIGNET_ASSIGN_OR_RETURN(const TenantRecord tenant, FindTenant(services_.store, id));
  SIGNET_RETURN_IF_ERROR(CheckEtag(request, EtagOf(tenant)));
  const absl::Time now = services_.Now();
  TenantRecord deleted = tenant;
  deleted.update_time = now;
  deleted.delete_time = now;
  keystore::Change change;
  change.puts.emplace_back(deleted);
  change.events = {MakeEvent(now, ActorOf(request), "DeleteTenant", &tenant, deleted)};

  SIGNET_ASSIGN_OR_RETURN(const std::vector<RingRecord> rings, services_.store.ListRings(id, {"", 2}));
  for (const RingRecord& ring : rings) {
    if (ring.id.value() != kAccessTokenRing) return NotEmpty(id, "key rings");
    RingRecord deleted_ring = ring;
    deleted_ring.update_time = now;
    deleted_ring.delete_time = now;
    change.events.push_back(MakeEvent(now, ActorOf(request), "DeleteTenant", &ring, deleted_ring));
    change.puts.emplace_back(std::move(deleted_ring));
  }
  SIGNET_ASSIGN_OR_RETURN(const bool holds_keys, HoldsKeys(services_.store, AccessTokenRing(id)));
  if (holds_keys) return NotEmpty(id, "keys");
  SIGNET_ASSIGN_OR_RETURN(const std::vector<keystore::CredentialRecord> credential, services_.store.ListCredentials(id, {"", 1}));
  if (!credential.empty()) return NotEmpty(id, "credentials");
  keystore::KeyStore::TenantFilter children;
  children.parent = id;
  SIGNET_ASSIGN_OR_RETURN(const std::vector<TenantRecord> child, services_.store.ListTenants(children, {"", 1}));
  if (!child.empty()) return NotEmpty(id, "tenants");

  if (request.mode == Mode::kValidateOnly) return absl::OkStatus();
  RememberResult(kScope, request, kEmptyResult, now, change);
  return CommitAndPublish(services_, change);
}

absl::Status Tenants::Delete(const TenantId& id, const ChangeRequest& request) {
  SIGNET_RETURN_IF_ERROR(CheckNotReserved(id));
  return RetryConcurrentChange([&] { return DeleteOnce(id, request); });
}

}  // namespace signet::core
