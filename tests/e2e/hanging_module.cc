// A PKCS#11 module that is SoftHSM, except that it hangs while the file named by SIGNET_HANG_FILE exists: its answer about sessions
// and tokens, and its signatures, then wait until the file is gone. So behaves a network HSM whose network is.

#include <p11-kit/pkcs11.h>
#include <unistd.h>

#include <cstdlib>

#include "tests/e2e/softhsm_functions.h"

namespace {

CK_FUNCTION_LIST softhsm;

void WaitWhileHanging() {
  const char* file = std::getenv("SIGNET_HANG_FILE");
  while (file != nullptr && access(file, F_OK) == 0) usleep(10'000);
}

CK_RV GetSessionInfo(CK_SESSION_HANDLE session, CK_SESSION_INFO* info) {
  WaitWhileHanging();
  return softhsm.C_GetSessionInfo(session, info);
}

CK_RV GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO* info) {
  WaitWhileHanging();
  return softhsm.C_GetTokenInfo(slot, info);
}

CK_RV Sign(CK_SESSION_HANDLE session, CK_BYTE* data, CK_ULONG size, CK_BYTE* signature, CK_ULONG* signature_size) {
  WaitWhileHanging();
  return softhsm.C_Sign(session, data, size, signature, signature_size);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST** list) {
  static CK_FUNCTION_LIST hanging;
  const CK_RV result = signet::testing::LoadSoftHsm(softhsm);
  if (result != CKR_OK) return result;
  hanging = softhsm;
  hanging.C_GetFunctionList = C_GetFunctionList;
  hanging.C_GetSessionInfo = GetSessionInfo;
  hanging.C_GetTokenInfo = GetTokenInfo;
  hanging.C_Sign = Sign;
  *list = &hanging;
  return CKR_OK;
}
