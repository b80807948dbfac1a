#include "hsm/cryptoki_module.h"

#include <dlfcn.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "hsm/cryptoki_error.h"

namespace signet::hsm {
namespace {

absl::Status NotAModule(const std::string& path, absl::string_view why) {
  return InvalidField("module_path", absl::StrCat(path, " is no PKCS#11 module: ", why));
}

// NSS puts a field of its own before the reserved one, and reads that only if its own is set (nss/lib/util/pkcs11t.h).
struct InitializeArguments {
  CK_C_INITIALIZE_ARGS standard = {};
  void* reserved_by_nss = nullptr;
};

CK_RV Initialize(const CK_FUNCTION_LIST& functions, std::string parameters) {
  InitializeArguments arguments;
  // Without arguments a module may take it that there is one thread: SoftHSM then crashes.
  arguments.standard.flags = CKF_OS_LOCKING_OK;
  if (!parameters.empty()) arguments.standard.pReserved = parameters.data();
  return functions.C_Initialize(&arguments);
}

}  // namespace

CryptokiModule::CryptokiModule(Library library, const CK_FUNCTION_LIST* functions, std::string parameters)
    : library_(std::move(library)), functions_(functions), parameters_(std::move(parameters)), quirks_(QuirksOf(*functions)) {}

CryptokiModule::~CryptokiModule() { functions_->C_Finalize(nullptr); }

void CryptokiModule::Unload::operator()(void* library) const { dlclose(library); }

absl::StatusOr<std::unique_ptr<CryptokiModule>> CryptokiModule::Load(const std::string& path, std::string parameters) {
  // Without a slash dlopen would search the library path.
  if (!absl::StartsWith(path, "/")) return InvalidField("module_path", "the path of the PKCS#11 module is absolute");
  if (access(path.c_str(), F_OK) != 0) {
    return Error(absl::StatusCode::kNotFound, reason::kInvalidField, absl::StrCat("there is no PKCS#11 module at ", path),
                 {{"field", "module_path"}});
  }
  Library library(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE));
  if (!library) return NotAModule(path, dlerror());
  const auto get_function_list = reinterpret_cast<CK_C_GetFunctionList>(dlsym(library.get(), "C_GetFunctionList"));
  if (get_function_list == nullptr) return NotAModule(path, "it has no C_GetFunctionList");
  CK_FUNCTION_LIST* functions = nullptr;
  SIGNET_RETURN_IF_ERROR(CryptokiStatus("C_GetFunctionList", get_function_list(&functions)));
  if (functions == nullptr || functions->version.major < 2) return NotAModule(path, "its version is older than 2");

  const CK_RV result = Initialize(*functions, parameters);
  if (result == CKR_CRYPTOKI_ALREADY_INITIALIZED) return Defect("this process uses the PKCS#11 module already");
  SIGNET_RETURN_IF_ERROR(CryptokiStatus("C_Initialize", result));
  return std::unique_ptr<CryptokiModule>(new CryptokiModule(std::move(library), functions, std::move(parameters)));
}

absl::Status CryptokiModule::Reinitialize(absl::FunctionRef<void()> while_closed) {
  if (!gate_.Close(ModuleGate::kPatience)) {
    return Error(absl::StatusCode::kUnavailable, reason::kHsmUnavailable,
                 "a call hangs in the PKCS#11 module, which cannot be initialised anew before it returns");
  }
  // Says that it was not initialised, or that the device is gone; either way it is to be initialised.
  functions_->C_Finalize(nullptr);
  const CK_RV result = Initialize(*functions_, parameters_);
  while_closed();
  gate_.Open();
  return CryptokiStatus("C_Initialize", result);
}

}  // namespace signet::hsm
