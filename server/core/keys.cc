#include "server/core/keys.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "server/core/jwk.h"
#include "server/core/key_creation.h"
#include "server/core/key_verbs.h"
#include "server/core/page_token.h"
#include "server/core/reserved_tenant.h"
#include "server/core/resource_lookup.h"

namespace signet::core {
namespace {

using keystore::KeyRecord;
using keystore::KeyVerb;

// Has a reader see the signatures that were made before. A store that does not take them may still answer.
void ShowWhatWasSigned(const Services& services) { (void)services.ledger.Flush(); }

}  // namespace

absl::StatusOr<KeyView> Keys::Create(const RingName& ring, const keystore::Kid& kid, const ChangeRequest& request) {
  SIGNET_RETURN_IF_ERROR(CheckNotReserved(ring.tenant));
  return CreateKey(services_, ring, kid, request);
}

absl::StatusOr<KeyView> Keys::Get(const KeyName& name) {
  ShowWhatWasSigned(services_);
  SIGNET_ASSIGN_OR_RETURN(KeyInRing found, FindKey(services_.store, name));
  return MakeKeyView(std::move(found.key), keystore::Resolve(found.ring.policy));
}

absl::StatusOr<ListResult<KeyView>> Keys::List(const RingName& ring, keystore::KeyStore::Tombstones tombstones,
                                               const ListRequest& request) {
  const bool hide = tombstones == keystore::KeyStore::Tombstones::kHide;
  const ListScope scope{"ListKeys", {FormatRingName(ring), hide ? "hide" : "show"}};
  SIGNET_ASSIGN_OR_RETURN(const keystore::Page page, ToNumberedPage(scope, request));
  ShowWhatWasSigned(services_);
  SIGNET_ASSIGN_OR_RETURN(const keystore::RingRecord record, FindRing(services_.store, ring));
  SIGNET_ASSIGN_OR_RETURN(std::vector<KeyRecord> keys,
                          services_.store.ListKeys(ring.tenant, ring.ring, tombstones, WithLookAhead(page)));
  ListResult<KeyView> result;
  result.next_page_token = EndPage(scope, page, keys, [](const KeyRecord& key) { return absl::StrCat(key.create_revision); });
  const keystore::ResolvedPolicy policy = keystore::Resolve(record.policy);
  for (KeyRecord& key : keys) result.items.push_back(MakeKeyView(std::move(key), policy));
  return result;
}

absl::StatusOr<KeyView> Keys::Enable(const KeyName& name, keystore::Force force, const ChangeRequest& request) {
  SIGNET_RETURN_IF_ERROR(CheckNotReserved(name.ring.tenant));
  return MoveKey(services_, name, KeyVerb::kEnable, force, request);
}

absl::StatusOr<KeyView> Keys::Disable(const KeyName& name, keystore::Force force, const ChangeRequest& request) {
  SIGNET_RETURN_IF_ERROR(CheckNotReserved(name.ring.tenant));
  return MoveKey(services_, name, KeyVerb::kDisable, force, request);
}

absl::StatusOr<KeyView> Keys::Revoke(const KeyName& name, keystore::Force force, const ChangeRequest& request) {
  SIGNET_RETURN_IF_ERROR(CheckNotReserved(name.ring.tenant));
  return MoveKey(services_, name, KeyVerb::kRevoke, force, request);
}

absl::StatusOr<KeyView> Keys::Delete(const KeyName& name, keystore::Force force, const ChangeRequest& request) {
  SIGNET_RETURN_IF_ERROR(CheckNotReserved(name.ring.tenant));
  return MoveKey(services_, name, KeyVerb::kDelete, force, request);
}

absl::StatusOr<RotationResult> Keys::Rotate(const RingName& ring, const RotateCommand& command, const ChangeRequest& request) {
  return RotateKeys(services_, ring, command, request);
}

absl::StatusOr<RotationPreview> Keys::PreviewRotation(const RingName& ring, std::optional<absl::Time> start,
                                                      const RotateCommand& command) {
  const absl::Time now = services_.Now();
  if (start && *start < now) return InvalidField("start_time", "is in the past; leave it out for now");
  SIGNET_ASSIGN_OR_RETURN(const RingState state, ReadRingState(services_.store, ring));
  if (!start) {
    // Nobody plans to force or to purge: that is done now or not at all.
    const bool hurried = command.purge == keystore::Purge::kYes || command.force == keystore::Force::kYes;
    const absl::Time planned = hurried ? absl::InfiniteFuture() : keystore::NextRotationTime(state.ring, state.keys);
    start = planned == absl::InfiniteFuture() ? now : std::max(planned, now);
  }
  SIGNET_ASSIGN_OR_RETURN(std::vector<keystore::TimelineStep> steps,
                          keystore::RotationTimeline(state.ring, state.keys, *start, command.purge, command.force));
  return RotationPreview{ring, *start, std::move(steps)};
}

absl::StatusOr<PublicKeyView> Keys::GetPublicKey(const KeyName& name) {
  SIGNET_ASSIGN_OR_RETURN(const KeyInRing found, FindKey(services_.store, name));
  SIGNET_RETURN_IF_ERROR(CheckHasPublicKey(found.key));
  SIGNET_ASSIGN_OR_RETURN(hsm::PublicKey key, StoredPublicKey(found.key));
  std::string jwk = ToJwk(name.kid.value(), key, found.key.certificate_chain);
  return PublicKeyView{name, std::move(key), std::move(jwk)};
}

}  // namespace signet::core
