#include <string>
#include <vector>

#include "server/core/step_observer.h"
#include "server/main/huge_pages.h"
#include "server/main/server.h"

int main(int argc, char** argv) {
  signet::server::UseHugePages();
  signet::core::StepObserver steps;
  return signet::server::RunServer(std::vector<std::string>(argv + 1, argv + argc), steps);
}
