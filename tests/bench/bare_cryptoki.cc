#include "tests/bench/bare_cryptoki.h"

#include <p11-kit/pkcs11.h>
#include <time.h>

#include "tests/bench/bare_token.h"

namespace signet::bench {
namespace {

absl::Duration OwnCpuTime() {
  timespec time = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return absl::DurationFromTimespec(time);
}

CK_OBJECT_HANDLE FindEcPrivateKey(const BareToken& token) {
  CK_OBJECT_CLASS object_class = CKO_PRIVATE_KEY;
  CK_KEY_TYPE key_type = CKK_EC;
  CK_ATTRIBUTE sought[] = {{CKA_CLASS, &object_class, sizeof(object_class)}, {CKA_KEY_TYPE, &key_type, sizeof(key_type)}};
  CheckRv(token.functions().C_FindObjectsInit(token.session(), sought, 2), "C_FindObjectsInit");
  CK_OBJECT_HANDLE key = 0;
  CK_ULONG found = 0;
  CheckRv(token.functions().C_FindObjects(token.session(), &key, 1, &found), "C_FindObjects");
  CheckRv(token.functions().C_FindObjectsFinal(token.session()), "C_FindObjectsFinal");
  CheckRv(found == 1 ? CKR_OK : CKR_OBJECT_HANDLE_INVALID, "C_FindObjects");
  return key;
}

}  // namespace

absl::Duration BareCryptokiCost(const std::string& module_path, const std::string& pin, int count) {
  const BareToken token(module_path, pin);
  const CK_OBJECT_HANDLE key = FindEcPrivateKey(token);
  const absl::Duration before = OwnCpuTime();
  for (int i = 0; i < count; ++i) token.Sign(key);
  return (OwnCpuTime() - before) / count;
}

}  // namespace signet::bench
