#ifndef SIGNET_HSM_CRYPTOKI_MODULE_H_
#define SIGNET_HSM_CRYPTOKI_MODULE_H_

#include <p11-kit/pkcs11.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hsm/module_gate.h"
#include "hsm/module_quirks.h"

namespace signet::hsm {

// CryptokiModule is a loaded and initialised PKCS#11 module. Its functions may be called from any thread that has passed the gate:
// a TokenSession has. The destructor finalises it, which crashes real modules while another thread is in a call, so whoever
// calls must have ended before. The library stays in the process: opencryptoki's does not survive being loaded a second time.
class CryptokiModule {
 public:
  // Loads the module at the absolute `path` and initialises it for several threads. `parameters` is what NSS softokn, which keeps
  // no configuration of its own, is told at each initialisation; other modules refuse any.
  //   kNotFound         there is no file at `path`
  //   kInvalidArgument  the path is not absolute, or the file is no PKCS#11 module
  //   kInternal         this process has initialised the module already
  //   kUnavailable      the module failed; safe to retry
  static absl::StatusOr<std::unique_ptr<CryptokiModule>> Load(const std::string& path, std::string parameters = "");

  ~CryptokiModule();
  CryptokiModule(const CryptokiModule&) = delete;
  CryptokiModule& operator=(const CryptokiModule&) = delete;

  const CK_FUNCTION_LIST& functions() const { return *functions_; }
  const ModuleQuirks& quirks() const { return quirks_; }
  ModuleGate& gate() const { return gate_; }

  // Finalises and initialises the module in its closed gate, so that all sessions, logins and handles are gone, and runs
  // `while_closed` in there, which must not call the module. Slots may have other numbers afterwards.
  //   kUnavailable  a call hangs, so that nothing was done; or the module failed, and is perhaps not initialised. Safe to retry.
  absl::Status Reinitialize(absl::FunctionRef<void()> while_closed);

  // The sessions that are open, as TokenSession counts them.
  int64_t open_sessions() const { return open_sessions_.load(std::memory_order_relaxed); }
  void CountSessions(int64_t more) const { open_sessions_.fetch_add(more, std::memory_order_relaxed); }

 private:
  struct Unload {
    void operator()(void* library) const;
  };
  using Library = std::unique_ptr<void, Unload>;

  CryptokiModule(Library library, const CK_FUNCTION_LIST* functions, std::string parameters);

  const Library library_;
  const CK_FUNCTION_LIST* const functions_;  // In the library.
  const std::string parameters_;
  const ModuleQuirks quirks_;
  mutable ModuleGate gate_;
  mutable std::atomic<int64_t> open_sessions_ = 0;
};

}  // namespace signet::hsm

#endif  // SIGNET_HSM_CRYPTOKI_MODULE_H_
