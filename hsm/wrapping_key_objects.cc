#include "hsm/wrapping_key_objects.h"

#include <map>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/attribute_check.h"
#include "hsm/attribute_list.h"
#include "hsm/cryptoki_error.h"
#include "hsm/object_search.h"

namespace signet::hsm {
namespace {

constexpr CK_ULONG kHmacSize = 32;

CK_BYTE* Bytes(absl::string_view text) { return reinterpret_cast<CK_BYTE*>(const_cast<char*>(text.data())); }

absl::StatusOr<CK_OBJECT_HANDLE> Generate(TokenSession& session, CK_MECHANISM_TYPE type, AttributeList& key) {
  CK_MECHANISM mechanism = {type, nullptr, 0};
  CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
  SIGNET_RETURN_IF_ERROR(session.Check(
      "C_GenerateKey", session.functions().C_GenerateKey(session.handle(), &mechanism, key.data(), key.size(), &handle)));
  return handle;
}

absl::Status CheckSecret(TokenSession& session, CK_OBJECT_HANDLE key, PairHome home, bool wraps) {
  const CK_BBOOL on_token = home == PairHome::kToken ? CK_TRUE : CK_FALSE;
  const CK_BBOOL wrapping = wraps ? CK_TRUE : CK_FALSE;
  const CK_BBOOL binding = wraps ? CK_FALSE : CK_TRUE;
  return CheckAttributes(session, key,
                         {{CKA_TOKEN, "CKA_TOKEN", on_token},
                          {CKA_PRIVATE, "CKA_PRIVATE", CK_TRUE},
                          {CKA_LOCAL, "CKA_LOCAL", CK_TRUE},
                          {CKA_SENSITIVE, "CKA_SENSITIVE", CK_TRUE},
                          {CKA_ALWAYS_SENSITIVE, "CKA_ALWAYS_SENSITIVE", CK_TRUE},
                          {CKA_EXTRACTABLE, "CKA_EXTRACTABLE", CK_FALSE},
                          {CKA_NEVER_EXTRACTABLE, "CKA_NEVER_EXTRACTABLE", CK_TRUE},
                          {CKA_WRAP, "CKA_WRAP", wrapping, !wraps},
                          {CKA_UNWRAP, "CKA_UNWRAP", wrapping, !wraps},
                          {CKA_SIGN, "CKA_SIGN", binding, wraps},
                          {CKA_ENCRYPT, "CKA_ENCRYPT", CK_FALSE, true},
                          {CKA_DECRYPT, "CKA_DECRYPT", CK_FALSE, true},
                          {CKA_DERIVE, "CKA_DERIVE", CK_FALSE, true}});
}

AttributeList SecretsOnToken() {
  AttributeList criteria;
  criteria.AddBool(CKA_TOKEN, true).AddNumber(CKA_CLASS, CKO_SECRET_KEY);
  return criteria;
}

absl::StatusOr<CK_OBJECT_HANDLE> FindOne(TokenSession& session, absl::string_view id, CK_KEY_TYPE type) {
  AttributeList criteria = SecretsOnToken();
  criteria.AddNumber(CKA_KEY_TYPE, type).AddBytes(CKA_ID, id);
  SIGNET_ASSIGN_OR_RETURN(const std::vector<CK_OBJECT_HANDLE> found, FindObjects(session, std::move(criteria)));
  if (found.size() == 1) return found[0];
  return Error(absl::StatusCode::kNotFound, reason::kKeyNotFound,
               absl::StrCat("the token holds ", found.size(), type == CKK_AES ? " wrapping" : " binding", " keys with the id ",
                            absl::BytesToHexString(id), ", not one"));
}

}  // namespace

absl::StatusOr<WrappingKeyObjects> GenerateWrappingKeyObjects(TokenSession& session, const WrappingKeySpec& spec, PairHome home) {
  WrappingKeyTemplate keys = MakeWrappingKeyTemplate(spec.id, spec.label, home);
  WrappingKeyObjects objects;
  SIGNET_ASSIGN_OR_RETURN(objects.wrapping, Generate(session, CKM_AES_KEY_GEN, keys.wrapping));
  SIGNET_ASSIGN_OR_RETURN(objects.binding, Generate(session, CKM_GENERIC_SECRET_KEY_GEN, keys.binding));
  SIGNET_RETURN_IF_ERROR(CheckWrappingKeyObjects(session, objects, home));
  return objects;
}

absl::Status CheckWrappingKeyObjects(TokenSession& session, const WrappingKeyObjects& objects, PairHome home) {
  SIGNET_RETURN_IF_ERROR(CheckSecret(session, objects.wrapping, home, true));
  return CheckSecret(session, objects.binding, home, false);
}

absl::StatusOr<WrappingKeyObjects> FindWrappingKeyObjects(TokenSession& session, absl::string_view id) {
  WrappingKeyObjects objects;
  SIGNET_ASSIGN_OR_RETURN(objects.wrapping, FindOne(session, id, CKK_AES));
  SIGNET_ASSIGN_OR_RETURN(objects.binding, FindOne(session, id, CKK_GENERIC_SECRET));
  return objects;
}

absl::StatusOr<std::vector<CK_OBJECT_HANDLE>> FindSecretKeys(TokenSession& session, absl::string_view id) {
  AttributeList criteria = SecretsOnToken();
  criteria.AddBytes(CKA_ID, id);
  return FindObjects(session, std::move(criteria));
}

absl::Status DestroySecretKeys(TokenSession& session, absl::string_view id) {
  SIGNET_ASSIGN_OR_RETURN(const std::vector<CK_OBJECT_HANDLE> found, FindSecretKeys(session, id));
  for (const CK_OBJECT_HANDLE object : found) {
    SIGNET_RETURN_IF_ERROR(session.Check("C_DestroyObject", session.functions().C_DestroyObject(session.handle(), object)));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<StoredWrappingKey>> ListWrappingKeyObjects(TokenSession& session, absl::string_view label_prefix) {
  SIGNET_ASSIGN_OR_RETURN(const std::vector<CK_OBJECT_HANDLE> found, FindObjects(session, SecretsOnToken()));
  std::map<std::string, StoredWrappingKey> keys;
  std::map<std::string, int> halves;
  for (const CK_OBJECT_HANDLE object : found) {
    const absl::StatusOr<std::string> label = ReadAttribute(session, object, CKA_LABEL);
    const absl::StatusOr<std::string> id = label.ok() ? ReadAttribute(session, object, CKA_ID) : label;
    // Destroyed since the search, or a foreign object without a label or an id.
    if (IsStale(id.status()) || absl::IsUnimplemented(id.status())) continue;
    if (!id.ok()) return id.status();
    if (!absl::StartsWith(*label, label_prefix)) continue;
    keys[*id] = {.id = *id, .label = *label, .is_whole = ++halves[*id] == 2};
  }
  // Had the login or the session gone, every object would have looked destroyed.
  SIGNET_RETURN_IF_ERROR(session.CheckLoggedIn());
  std::vector<StoredWrappingKey> list;
  list.reserve(keys.size());
  for (auto& [id, key] : keys) list.push_back(std::move(key));
  return list;
}

absl::StatusOr<std::string> WrapPrivateKey(TokenSession& session, CK_MECHANISM_TYPE mechanism, CK_OBJECT_HANDLE wrapping,
                                           CK_OBJECT_HANDLE private_key) {
  CK_MECHANISM wrap = {mechanism, nullptr, 0};
  CK_ULONG size = 0;
  const CK_FUNCTION_LIST& functions = session.functions();
  SIGNET_RETURN_IF_ERROR(
      session.Check("C_WrapKey", functions.C_WrapKey(session.handle(), &wrap, wrapping, private_key, nullptr, &size)));
  std::string blob(size, '\0');
  SIGNET_RETURN_IF_ERROR(
      session.Check("C_WrapKey", functions.C_WrapKey(session.handle(), &wrap, wrapping, private_key, Bytes(blob), &size)));
  blob.resize(size);
  return blob;
}

absl::StatusOr<CK_OBJECT_HANDLE> UnwrapPrivateKey(TokenSession& session, CK_MECHANISM_TYPE mechanism, CK_OBJECT_HANDLE wrapping,
                                                  absl::string_view blob, AttributeList private_key) {
  CK_MECHANISM unwrap = {mechanism, nullptr, 0};
  CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
  SIGNET_RETURN_IF_ERROR(
      session.Check("C_UnwrapKey", session.functions().C_UnwrapKey(session.handle(), &unwrap, wrapping, Bytes(blob), blob.size(),
                                                                   private_key.data(), private_key.size(), &handle)));
  return handle;
}

absl::StatusOr<std::string> ComputeHmac(TokenSession& session, CK_OBJECT_HANDLE binding, absl::string_view message) {
  CK_MECHANISM mechanism = {CKM_SHA256_HMAC, nullptr, 0};
  const CK_FUNCTION_LIST& functions = session.functions();
  SIGNET_RETURN_IF_ERROR(session.Check("C_SignInit", functions.C_SignInit(session.handle(), &mechanism, binding)));
  std::string mac(kHmacSize, '\0');
  CK_ULONG size = mac.size();
  SIGNET_RETURN_IF_ERROR(
      session.Check("C_Sign", functions.C_Sign(session.handle(), Bytes(message), message.size(), Bytes(mac), &size)));
  if (size != kHmacSize) return CryptokiStatus("C_Sign", CKR_FUNCTION_FAILED);
  return mac;
}

}  // namespace signet::hsm
