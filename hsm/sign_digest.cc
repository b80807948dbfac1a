#include "hsm/sign_digest.h"

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/mechanism.h"

namespace signet::hsm {

absl::StatusOr<std::string> SignDigest(TokenSession& session, CK_OBJECT_HANDLE private_key, Algorithm algorithm,
                                       absl::string_view digest) {
  const CK_FUNCTION_LIST& functions = session.functions();
  SigningMechanism mechanism(algorithm);
  SIGNET_RETURN_IF_ERROR(session.Check("C_SignInit", functions.C_SignInit(session.handle(), mechanism.get(), private_key)));
  std::string input = SigningInput(algorithm, digest);
  // Exactly the signature's size: NSS refuses a larger buffer for EdDSA, and answers a size query with a bound only.
  std::string signature(GetAlgorithmInfo(algorithm).signature_size, '\0');
  CK_ULONG size = signature.size();
  SIGNET_RETURN_IF_ERROR(
      session.Check("C_Sign", functions.C_Sign(session.handle(), reinterpret_cast<CK_BYTE*>(input.data()), input.size(),
                                               reinterpret_cast<CK_BYTE*>(signature.data()), &size)));
  if (size != signature.size()) {
    return Error(absl::StatusCode::kUnavailable, reason::kHsmUnavailable,
                 absl::StrCat("the token made a signature of ", size, " bytes, not ", signature.size()));
  }
  return signature;
}

}  // namespace signet::hsm
