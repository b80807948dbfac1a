#ifndef SIGNET_SERVER_CORE_TESTING_CRASH_H_
#define SIGNET_SERVER_CORE_TESTING_CRASH_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/error.h"
#include "base/error_reason.h"
#include "server/core/step_observer.h"

namespace signet::core {

// Crash simulates the end of a process: from the chosen moment on, nothing that the code under test still does reaches the store or
// the HSM behind FaultyKeyStore and FaultyHsm. For tests with one thread.
class Crash : public StepObserver {
 public:
  // When the step is reached.
  void AtStep(absl::string_view step) { step_ = std::string(step); }
  // Around the call number `call`, from 0, to store or HSM: before it did anything, or when it did but could not answer.
  void BeforeCall(int call) { before_ = call; }
  void AfterCall(int call) { after_ = call; }

  bool happened() const { return happened_; }

  void Reached(absl::string_view step) override {
    if (step_ == step) happened_ = true;
  }

  // Makes a call unless the process is dead.
  template <typename Function>
  auto Through(Function function) -> decltype(function()) {
    const int call = calls_++;
    if (call == before_) happened_ = true;
    if (happened_) return Dead();
    auto result = function();
    if (call != after_) return result;
    happened_ = true;
    return Dead();
  }

 private:
  static absl::Status Dead() { return Error(absl::StatusCode::kUnavailable, reason::kStoreUnavailable, "the process has died"); }

  std::optional<std::string> step_;
  int before_ = -1;
  int after_ = -1;
  int calls_ = 0;
  bool happened_ = false;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_TESTING_CRASH_H_
