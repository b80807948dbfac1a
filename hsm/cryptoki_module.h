#ifndef SIGNET_HSM_CRYPTOKI_MODULE_H_
#define SIGNET_HSM_CRYPTOKI_MODULE_H_

#include <p11-kit/pkcs11.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace signet::hsm {

// CryptokiModule is a loaded and initialised PKCS#11 module. Its functions may be called from any thread. The destructor finalises
// and unloads it; finalising while another thread is in a call crashes real modules, so whoever calls must have ended before.
class CryptokiModule {
 public:
  // Loads the module at the absolute `path` and initialises it for several threads.
  //   kNotFound         there is no file at `path`
  //   kInvalidArgument  the path is not absolute, or the file is no PKCS#11 module
  //   kInternal         this process has initialised the module already
  //   kUnavailable      the module failed; safe to retry
  static absl::StatusOr<std::unique_ptr<CryptokiModule>> Load(const std::string& path);

  ~CryptokiModule();
  CryptokiModule(const CryptokiModule&) = delete;
  CryptokiModule& operator=(const CryptokiModule&) = delete;

  const CK_FUNCTION_LIST& functions() const { return *functions_; }

 private:
  struct Unload {
    void operator()(void* library) const;
  };
  using Library = std::unique_ptr<void, Unload>;

  CryptokiModule(Library library, const CK_FUNCTION_LIST* functions);

  const Library library_;
  const CK_FUNCTION_LIST* const functions_;  // In the library.
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_CRYPTOKI_MODULE_H_
