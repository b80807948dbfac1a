// signetd with an observer that kills the process, as kill -9 does, when a use case reaches the step that the environment variable
// SIGNET_CRASH_AT names. For the crash tests; never installed.

#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "server/core/step_observer.h"
#include "server/main/server.h"

namespace {

class KillingObserver : public signet::core::StepObserver {
 public:
  explicit KillingObserver(const char* step) : step_(step == nullptr ? "" : step) {}

  void Reached(absl::string_view step) override {
    if (step != step_) return;
    kill(getpid(), SIGKILL);
    std::abort();  // Not reached.
  }

 private:
  const std::string step_;
};

}  // namespace

int main(int argc, char** argv) {
  KillingObserver steps(std::getenv("SIGNET_CRASH_AT"));
  return signet::server::RunServer(std::vector<std::string>(argv + 1, argv + argc), steps);
}
