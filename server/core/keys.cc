#include "server/core/keys.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "server/core/jwk.h"
#include "server/core/key_creation.h"
#include "server/core/key_verbs.h"
#include "server/core/page_token.h"
#include "server/core/resource_lookup.h"

namespace signet::core {
namespace {

using keystore::KeyRecord;
using keystore::KeyState;
using keystore::KeyVerb;

absl::Status CheckHasPublicKey(const KeyRecord& key) {
  switch (key.state) {
    case KeyState::kPendingGeneration:
    case KeyState::kGenerationFailed:
      return Error(absl::StatusCode::kFailedPrecondition, reason::kKeyNotGenerated, "the key has not been generated");
    case KeyState::kDestroyed:
      return Error(absl::StatusCode::kFailedPrecondition, reason::kKeyDestroyed, "the key is destroyed");
    case KeyState::kDisabled:
    case KeyState::kEnabled:
    case KeyState::kRevoked:
      break;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<KeyView> Keys::Create(const RingName& ring, const keystore::Kid& kid, const ChangeRequest& request) {
  return CreateKey(services_, ring, kid, request);
}

absl::StatusOr<KeyView> Keys::Get(const KeyName& name) {
  SIGNET_ASSIGN_OR_RETURN(KeyInRing found, FindKey(services_.store, name));
  return MakeKeyView(std::move(found.key), keystore::Resolve(found.ring.policy));
}

absl::StatusOr<ListResult<KeyView>> Keys::List(const RingName& ring, keystore::KeyStore::Tombstones tombstones,
                                               const ListRequest& request) {
  const bool hide = tombstones == keystore::KeyStore::Tombstones::kHide;
  const ListScope scope{"ListKeys", {FormatRingName(ring), hide ? "hide" : "show"}};
  SIGNET_ASSIGN_OR_RETURN(const keystore::Page page, ToNumberedPage(scope, request));
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
  return MoveKey(services_, name, KeyVerb::kEnable, force, request);
}

absl::StatusOr<KeyView> Keys::Disable(const KeyName& name, keystore::Force force, const ChangeRequest& request) {
  return MoveKey(services_, name, KeyVerb::kDisable, force, request);
}

absl::StatusOr<KeyView> Keys::Revoke(const KeyName& name, keystore::Force force, const ChangeRequest& request) {
  return MoveKey(services_, name, KeyVerb::kRevoke, force, request);
}

absl::StatusOr<KeyView> Keys::Delete(const KeyName& name, keystore::Force force, const ChangeRequest& request) {
  return MoveKey(services_, name, KeyVerb::kDelete, force, request);
}

absl::StatusOr<PublicKeyView> Keys::GetPublicKey(const KeyName& name) {
  SIGNET_ASSIGN_OR_RETURN(const KeyInRing found, FindKey(services_.store, name));
  SIGNET_RETURN_IF_ERROR(CheckHasPublicKey(found.key));
  SIGNET_ASSIGN_OR_RETURN(const hsm::Algorithm algorithm, StoredAlgorithm(found.key.algorithm));
  absl::StatusOr<hsm::PublicKey> key = hsm::PublicKey::FromSpki(algorithm, found.key.public_key_der);
  if (!key.ok()) {
    return Error(absl::StatusCode::kDataLoss, reason::kStoreCorrupt,
                 absl::StrCat("the stored public key of ", FormatKeyName(name), " cannot be read"));
  }
  std::string jwk = ToJwk(name.kid.value(), *key);
  return PublicKeyView{name, *std::move(key), std::move(jwk)};
}

}  // namespace signet::core
