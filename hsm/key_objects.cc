#include "hsm/key_objects.h"

#include <map>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/attribute_list.h"
#include "hsm/cryptoki_error.h"
#include "hsm/mechanism.h"
#include "hsm/object_search.h"

namespace signet::hsm {
namespace {

AttributeList TokenObjects(CK_OBJECT_CLASS object_class) {
  AttributeList criteria;
  criteria.AddBool(CKA_TOKEN, true).AddNumber(CKA_CLASS, object_class);
  return criteria;
}

absl::StatusOr<CK_OBJECT_HANDLE> FindHalf(TokenSession& session, const KeySpec& spec, CK_OBJECT_CLASS object_class) {
  AttributeList criteria = TokenObjects(object_class);
  criteria.AddNumber(CKA_KEY_TYPE, CryptokiKeyType(spec.algorithm)).AddBytes(CKA_ID, spec.id);
  SIGNET_ASSIGN_OR_RETURN(const std::vector<CK_OBJECT_HANDLE> found, FindObjects(session, std::move(criteria)));
  if (found.size() == 1) return found[0];
  return Error(absl::StatusCode::kNotFound, reason::kKeyNotFound,
               absl::StrCat("the token holds ", found.size(), object_class == CKO_PRIVATE_KEY ? " private" : " public",
                            " keys with the id ", absl::BytesToHexString(spec.id), ", not one"));
}

absl::Status DestroyClass(TokenSession& session, absl::string_view id, CK_OBJECT_CLASS object_class) {
  AttributeList criteria = TokenObjects(object_class);
  criteria.AddBytes(CKA_ID, id);
  SIGNET_ASSIGN_OR_RETURN(const std::vector<CK_OBJECT_HANDLE> found, FindObjects(session, std::move(criteria)));
  for (const CK_OBJECT_HANDLE object : found) {
    SIGNET_RETURN_IF_ERROR(session.Check("C_DestroyObject", session.functions().C_DestroyObject(session.handle(), object)));
  }
  return absl::OkStatus();
}

// Adds the objects of one class to `keys`.
absl::Status Collect(TokenSession& session, CK_OBJECT_CLASS object_class, absl::string_view label_prefix,
                     std::map<std::string, StoredKey>& keys) {
  SIGNET_ASSIGN_OR_RETURN(const std::vector<CK_OBJECT_HANDLE> found, FindObjects(session, TokenObjects(object_class)));
  for (const CK_OBJECT_HANDLE object : found) {
    const absl::StatusOr<std::string> label = ReadAttribute(session, object, CKA_LABEL);
    const absl::StatusOr<std::string> id = label.ok() ? ReadAttribute(session, object, CKA_ID) : label;
    // Destroyed since the search, or a foreign object without a label or an id.
    if (IsStale(id.status()) || absl::IsUnimplemented(id.status())) continue;
    if (!id.ok()) return id.status();
    if (!absl::StartsWith(*label, label_prefix)) continue;
    StoredKey& key = keys[*id];
    key.id = *id;
    key.label = *label;
    (object_class == CKO_PRIVATE_KEY ? key.has_private_key : key.has_public_key) = true;
  }
  // Had the login or the session gone, every object would have looked destroyed.
  return session.CheckLoggedIn();
}

}  // namespace

absl::Status CheckUnused(TokenSession& session, absl::string_view id) {
  AttributeList criteria;
  criteria.AddBool(CKA_TOKEN, true).AddBytes(CKA_ID, id);
  SIGNET_ASSIGN_OR_RETURN(const std::vector<CK_OBJECT_HANDLE> found, FindObjects(session, std::move(criteria)));
  if (found.empty()) return absl::OkStatus();
  return Error(absl::StatusCode::kAlreadyExists, reason::kKeyExists,
               absl::StrCat("the token holds a key with the id ", absl::BytesToHexString(id)));
}

absl::StatusOr<KeyPairObjects> GenerateKeyPair(TokenSession& session, const KeySpec& spec, PairHome home) {
  absl::Status status;
  for (const std::string& curve_parameters : CurveParameters(spec.algorithm)) {
    KeyPairTemplate pair = MakeKeyPairTemplate(spec, home, curve_parameters);
    if (session.quirks().sets_public_usage) pair.public_key.Remove(CKA_VERIFY).Remove(CKA_ENCRYPT);
    CK_MECHANISM mechanism = {GenerationMechanism(spec.algorithm), nullptr, 0};
    KeyPairObjects objects;
    status = session.Check("C_GenerateKeyPair",
                           session.functions().C_GenerateKeyPair(
                               session.handle(), &mechanism, pair.public_key.data(), pair.public_key.size(),
                               pair.private_key.data(), pair.private_key.size(), &objects.public_key, &objects.private_key));
    if (status.ok()) return objects;
    if (!absl::IsUnimplemented(status)) break;  // Only a refusal is a reason to name the curve otherwise.
  }
  return status;
}

absl::StatusOr<CK_OBJECT_HANDLE> FindPrivateKey(TokenSession& session, const KeySpec& spec) {
  return FindHalf(session, spec, CKO_PRIVATE_KEY);
}

absl::StatusOr<KeyPairObjects> FindKeyPair(TokenSession& session, const KeySpec& spec) {
  KeyPairObjects objects;
  SIGNET_ASSIGN_OR_RETURN(objects.private_key, FindHalf(session, spec, CKO_PRIVATE_KEY));
  SIGNET_ASSIGN_OR_RETURN(objects.public_key, FindHalf(session, spec, CKO_PUBLIC_KEY));
  return objects;
}

absl::Status DestroyObjects(TokenSession& session, absl::string_view id) {
  SIGNET_RETURN_IF_ERROR(DestroyClass(session, id, CKO_PRIVATE_KEY));
  return DestroyClass(session, id, CKO_PUBLIC_KEY);
}

absl::StatusOr<std::vector<StoredKey>> ListStoredKeys(TokenSession& session, absl::string_view label_prefix) {
  std::map<std::string, StoredKey> keys;
  SIGNET_RETURN_IF_ERROR(Collect(session, CKO_PRIVATE_KEY, label_prefix, keys));
  SIGNET_RETURN_IF_ERROR(Collect(session, CKO_PUBLIC_KEY, label_prefix, keys));
  std::vector<StoredKey> list;
  list.reserve(keys.size());
  for (auto& [id, key] : keys) list.push_back(std::move(key));
  return list;
}

}  // namespace signet::hsm
