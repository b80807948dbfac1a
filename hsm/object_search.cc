#include "hsm/object_search.h"

#include "base/error.h"
#include "hsm/cryptoki_error.h"

namespace signet::hsm {

absl::StatusOr<std::vector<CK_OBJECT_HANDLE>> FindObjects(TokenSession& session, AttributeList criteria) {
  constexpr CK_ULONG kBatch = 256;
  const CK_FUNCTION_LIST& functions = session.functions();
  // Before and after: a login that was lost or came while the token was read has hidden its private objects from a part of it.
  SIGNET_RETURN_IF_ERROR(session.CheckLoggedIn());
  SIGNET_RETURN_IF_ERROR(
      session.Check("C_FindObjectsInit", functions.C_FindObjectsInit(session.handle(), criteria.data(), criteria.size())));
  std::vector<CK_OBJECT_HANDLE> found;
  CK_ULONG count = 0;
  do {
    CK_OBJECT_HANDLE batch[kBatch];
    SIGNET_RETURN_IF_ERROR(session.Check("C_FindObjects", functions.C_FindObjects(session.handle(), batch, kBatch, &count)));
    found.insert(found.end(), batch, batch + count);
  } while (count > 0);
  SIGNET_RETURN_IF_ERROR(session.Check("C_FindObjectsFinal", functions.C_FindObjectsFinal(session.handle())));
  SIGNET_RETURN_IF_ERROR(session.CheckLoggedIn());
  return found;
}

absl::StatusOr<std::string> ReadAttribute(TokenSession& session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) {
  const CK_FUNCTION_LIST& functions = session.functions();
  CK_ATTRIBUTE attribute = {type, nullptr, 0};
  SIGNET_RETURN_IF_ERROR(
      session.Check("C_GetAttributeValue", functions.C_GetAttributeValue(session.handle(), object, &attribute, 1)));
  if (attribute.ulValueLen == CK_UNAVAILABLE_INFORMATION) return CryptokiStatus("C_GetAttributeValue", CKR_ATTRIBUTE_TYPE_INVALID);
  std::string value(attribute.ulValueLen, '\0');
  attribute.pValue = value.data();
  SIGNET_RETURN_IF_ERROR(
      session.Check("C_GetAttributeValue", functions.C_GetAttributeValue(session.handle(), object, &attribute, 1)));
  value.resize(attribute.ulValueLen);
  return value;
}

}  // namespace signet::hsm
