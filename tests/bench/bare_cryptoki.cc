#include "tests/bench/bare_cryptoki.h"

#include <dlfcn.h>
#include <p11-kit/pkcs11.h>
#include <time.h>

#include <cstdio>
#include <cstdlib>

namespace signet::bench {
namespace {

void Check(CK_RV rv, const char* call) {
  if (rv == CKR_OK) return;
  std::fprintf(stderr, "%s: CKR 0x%lx\n", call, rv);
  std::exit(1);
}

absl::Duration OwnCpuTime() {
  timespec time = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return absl::DurationFromTimespec(time);
}

CK_OBJECT_HANDLE FindEcPrivateKey(CK_FUNCTION_LIST* cryptoki, CK_SESSION_HANDLE session) {
  CK_OBJECT_CLASS object_class = CKO_PRIVATE_KEY;
  CK_KEY_TYPE key_type = CKK_EC;
  CK_ATTRIBUTE sought[] = {{CKA_CLASS, &object_class, sizeof(object_class)}, {CKA_KEY_TYPE, &key_type, sizeof(key_type)}};
  Check(cryptoki->C_FindObjectsInit(session, sought, 2), "C_FindObjectsInit");
  CK_OBJECT_HANDLE key = 0;
  CK_ULONG found = 0;
  Check(cryptoki->C_FindObjects(session, &key, 1, &found), "C_FindObjects");
  Check(cryptoki->C_FindObjectsFinal(session), "C_FindObjectsFinal");
  Check(found == 1 ? CKR_OK : CKR_OBJECT_HANDLE_INVALID, "C_FindObjects");
  return key;
}

}  // namespace

absl::Duration BareCryptokiCost(const std::string& module_path, const std::string& pin, int count) {
  void* module = dlopen(module_path.c_str(), RTLD_NOW | RTLD_LOCAL);
  auto* get_function_list = module ? reinterpret_cast<CK_C_GetFunctionList>(dlsym(module, "C_GetFunctionList")) : nullptr;
  Check(get_function_list ? CKR_OK : CKR_GENERAL_ERROR, "dlopen");
  CK_FUNCTION_LIST* cryptoki = nullptr;
  Check(get_function_list(&cryptoki), "C_GetFunctionList");
  CK_C_INITIALIZE_ARGS arguments = {};
  arguments.flags = CKF_OS_LOCKING_OK;
  Check(cryptoki->C_Initialize(&arguments), "C_Initialize");
  CK_SLOT_ID slots[16];
  CK_ULONG slot_count = 16;
  Check(cryptoki->C_GetSlotList(CK_TRUE, slots, &slot_count), "C_GetSlotList");
  CK_SESSION_HANDLE session = 0;
  Check(cryptoki->C_OpenSession(slots[0], CKF_SERIAL_SESSION, nullptr, nullptr, &session), "C_OpenSession");
  std::string pin_copy = pin;
  Check(cryptoki->C_Login(session, CKU_USER, reinterpret_cast<CK_UTF8CHAR*>(pin_copy.data()), pin_copy.size()), "C_Login");
  const CK_OBJECT_HANDLE key = FindEcPrivateKey(cryptoki, session);

  CK_BYTE digest[32] = {1, 2, 3};
  CK_BYTE signature[64];
  const absl::Duration before = OwnCpuTime();
  for (int i = 0; i < count; ++i) {
    CK_MECHANISM mechanism = {CKM_ECDSA, nullptr, 0};
    CK_ULONG size = sizeof(signature);
    Check(cryptoki->C_SignInit(session, &mechanism, key), "C_SignInit");
    Check(cryptoki->C_Sign(session, digest, sizeof(digest), signature, &size), "C_Sign");
  }
  const absl::Duration spent = OwnCpuTime() - before;
  Check(cryptoki->C_Finalize(nullptr), "C_Finalize");
  dlclose(module);
  return spent / count;
}

}  // namespace signet::bench
