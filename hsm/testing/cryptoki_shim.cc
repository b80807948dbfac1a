#include "hsm/testing/cryptoki_shim.h"

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <utility>

namespace signet::hsm {

CryptokiShim::CryptokiShim() : module_path_(std::filesystem::absolute("hsm/testing/cryptoki_shim.so")) {
  library_ = dlopen(module_path_.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library_ == nullptr) {
    std::fprintf(stderr, "%s\n", dlerror());
    std::abort();  // The test lacks its data.
  }
  reinterpret_cast<void (*)(ShimControl*)>(dlsym(library_, "SignetShimObey"))(&control_);
}

CryptokiShim::~CryptokiShim() { dlclose(library_); }

void CryptokiShim::Fail(ShimFunction function, CK_RV result, int times) {
  control_.functions[static_cast<int>(function)].fault = result;
  control_.functions[static_cast<int>(function)].faults = times;
}

void CryptokiShim::HangSign(std::shared_future<void> end) {
  control_.hang = std::move(end);
  control_.hangs = true;
}

const CK_FUNCTION_LIST& CryptokiShim::token() {
  return *reinterpret_cast<const CK_FUNCTION_LIST* (*)()>(dlsym(library_, "SignetShimToken"))();
}

}  // namespace signet::hsm
