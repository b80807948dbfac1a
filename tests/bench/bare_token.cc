#include "tests/bench/bare_token.h"

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>

namespace signet::bench {

void CheckRv(CK_RV rv, const char* call) {
  if (rv == CKR_OK) return;
  std::fprintf(stderr, "%s: CKR 0x%lx\n", call, rv);
  std::exit(1);
}

BareToken::BareToken(const std::string& module_path, std::string pin)
    : module_(dlopen(module_path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
  auto* get_function_list = module_ ? reinterpret_cast<CK_C_GetFunctionList>(dlsym(module_, "C_GetFunctionList")) : nullptr;
  CheckRv(get_function_list ? CKR_OK : CKR_GENERAL_ERROR, "dlopen");
  CheckRv(get_function_list(&functions_), "C_GetFunctionList");
  CK_C_INITIALIZE_ARGS arguments = {};
  arguments.flags = CKF_OS_LOCKING_OK;
  CheckRv(functions_->C_Initialize(&arguments), "C_Initialize");
  CK_SLOT_ID slots[16];
  CK_ULONG slot_count = 16;
  CheckRv(functions_->C_GetSlotList(CK_TRUE, slots, &slot_count), "C_GetSlotList");
  CheckRv(functions_->C_OpenSession(slots[0], CKF_SERIAL_SESSION, nullptr, nullptr, &session_), "C_OpenSession");
  CheckRv(functions_->C_Login(session_, CKU_USER, reinterpret_cast<CK_UTF8CHAR*>(pin.data()), pin.size()), "C_Login");
}

BareToken::~BareToken() {
  CheckRv(functions_->C_Finalize(nullptr), "C_Finalize");
  dlclose(module_);
}

void BareToken::Sign(CK_OBJECT_HANDLE key) const {
  CK_BYTE digest[32] = {1, 2, 3};
  CK_BYTE signature[64];
  CK_MECHANISM mechanism = {CKM_ECDSA, nullptr, 0};
  CK_ULONG size = sizeof(signature);
  CheckRv(functions_->C_SignInit(session_, &mechanism, key), "C_SignInit");
  CheckRv(functions_->C_Sign(session_, digest, sizeof(digest), signature, &size), "C_Sign");
}

}  // namespace signet::bench
