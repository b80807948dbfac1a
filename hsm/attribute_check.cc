#include "hsm/attribute_check.h"

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"

namespace signet::hsm {

absl::Status CheckAttributes(TokenSession& session, CK_OBJECT_HANDLE object, absl::Span<const ExpectedAttribute> expected) {
  std::vector<CK_BBOOL> values(expected.size(), CK_FALSE);
  std::vector<CK_ATTRIBUTE> attributes;
  for (size_t i = 0; i < expected.size(); ++i) attributes.push_back({expected[i].type, &values[i], sizeof(values[i])});
  const CK_RV result = session.functions().C_GetAttributeValue(session.handle(), object, attributes.data(), attributes.size());
  // With this result the call still reports all the others, and the missing one by its length (PKCS#11 2.40 section 5.7).
  if (result != CKR_ATTRIBUTE_TYPE_INVALID) SIGNET_RETURN_IF_ERROR(session.Check("C_GetAttributeValue", result));
  for (size_t i = 0; i < expected.size(); ++i) {
    const bool missing = attributes[i].ulValueLen != sizeof(values[i]);
    if (missing ? expected[i].may_be_missing : values[i] == expected[i].value) continue;
    // That a key was not imported is then told by CKA_ALWAYS_SENSITIVE and CKA_NEVER_EXTRACTABLE, which are false of an imported
    // one.
    if (expected[i].type == CKA_LOCAL && session.quirks().denies_local) continue;
    return Error(absl::StatusCode::kUnimplemented, reason::kHsmUnsupported,
                 absl::StrCat("the token's key has not the ", expected[i].name, " that was asked for"),
                 {{"attribute", std::string(expected[i].name)}});
  }
  return absl::OkStatus();
}

}  // namespace signet::hsm
