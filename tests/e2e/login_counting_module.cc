// A PKCS#11 module that is SoftHSM, except that it appends an "L" to the file named by SIGNET_LOGIN_FILE at each login, before the
// token sees the PIN. An HSM counts like that, and locks the token when the count is full.

#include <fcntl.h>
#include <p11-kit/pkcs11.h>
#include <unistd.h>

#include <cstdlib>

#include "tests/e2e/softhsm_functions.h"

namespace {

CK_FUNCTION_LIST softhsm;

CK_RV Login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_BYTE* pin, CK_ULONG pin_size) {
  const char* path = std::getenv("SIGNET_LOGIN_FILE");
  const int file = path == nullptr ? -1 : open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  // A login that cannot be counted would make the test pass for nothing.
  if (file < 0 || write(file, "L", 1) != 1) std::abort();
  close(file);
  return softhsm.C_Login(session, user, pin, pin_size);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST** list) {
  static CK_FUNCTION_LIST counting;
  const CK_RV result = signet::testing::LoadSoftHsm(softhsm);
  if (result != CKR_OK) return result;
  counting = softhsm;
  counting.C_GetFunctionList = C_GetFunctionList;
  counting.C_Login = Login;
  *list = &counting;
  return CKR_OK;
}
