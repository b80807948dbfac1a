// signetd, but other processes of its user may read its memory once it has made its first key. For the test of what a core dump
// holds; never installed.
#include <sys/prctl.h>

#include <string>
#include <vector>

#include "server/core/step_observer.h"
#include "server/main/server.h"

namespace {

class DumpableObserver : public signet::core::StepObserver {
 public:
  void Reached(absl::string_view) override {
    prctl(PR_SET_DUMPABLE, 1);
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
  }
};

}  // namespace

int main(int argc, char** argv) {
  DumpableObserver steps;
  return signet::server::RunServer(std::vector<std::string>(argv + 1, argv + argc), steps);
}
