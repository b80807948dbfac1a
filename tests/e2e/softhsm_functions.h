#ifndef SIGNET_TESTS_E2E_SOFTHSM_FUNCTIONS_H_
#define SIGNET_TESTS_E2E_SOFTHSM_FUNCTIONS_H_

#include <dlfcn.h>
#include <p11-kit/pkcs11.h>

namespace signet::testing {

// Loads SoftHSM for a module that passes calls on to it, and sets `functions` to those of SoftHSM.
inline CK_RV LoadSoftHsm(CK_FUNCTION_LIST& functions) {
  void* library = dlopen("/usr/lib/softhsm/libsofthsm2.so", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return CKR_GENERAL_ERROR;
  const auto get = reinterpret_cast<CK_C_GetFunctionList>(dlsym(library, "C_GetFunctionList"));
  CK_FUNCTION_LIST* list = nullptr;
  if (get == nullptr || get(&list) != CKR_OK) return CKR_GENERAL_ERROR;
  functions = *list;
  return CKR_OK;
}

}  // namespace signet::testing

#endif  // SIGNET_TESTS_E2E_SOFTHSM_FUNCTIONS_H_
