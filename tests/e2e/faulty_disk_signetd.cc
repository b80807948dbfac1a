// signetd, on a disk that fails when a test says so: this program's own pwrite64 and fdatasync come before the C library's, for
// SQLite, too. Never installed.
#include <dlfcn.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "server/core/step_observer.h"
#include "server/main/server.h"
#include "tests/e2e/disk_faults.h"

namespace {

using signet::testing::DiskFaults;

DiskFaults* faults = nullptr;  // Until main: SQLite is not used before.

bool IsOfStore(int file) {
  const std::string link = "/proc/self/fd/" + std::to_string(file);
  char path[4096];
  const ssize_t size = readlink(link.c_str(), path, sizeof(path) - 1);
  if (size <= 0) return false;
  path[size] = '\0';
  return std::strstr(path, "/signet.db") != nullptr;
}

// Tells whether this operation fails.
bool Fails(int file) {
  if (faults == nullptr || faults->operations_left < 0 || !IsOfStore(file)) return false;
  int left = faults->operations_left;
  while (left > 0 && !faults->operations_left.compare_exchange_weak(left, left - 1)) {
  }
  if (left != 0) return false;
  if (faults->once) faults->operations_left = -1;
  ++faults->failed;
  errno = faults->error;
  return true;
}

}  // namespace

extern "C" {

__attribute__((visibility("default"))) ssize_t pwrite64(int file, const void* from, size_t size, off64_t offset) {
  static const auto real = reinterpret_cast<ssize_t (*)(int, const void*, size_t, off64_t)>(dlsym(RTLD_NEXT, "pwrite64"));
  return Fails(file) ? -1 : real(file, from, size, offset);
}

__attribute__((visibility("default"))) int fdatasync(int file) {
  static const auto real = reinterpret_cast<int (*)(int)>(dlsym(RTLD_NEXT, "fdatasync"));
  // A full disk is told by the write.
  return faults != nullptr && faults->error != ENOSPC && Fails(file) ? -1 : real(file);
}

}  // extern "C"

int main(int argc, char** argv) {
  faults = signet::testing::MapDiskFaults(std::getenv(signet::testing::kDiskFaultsVariable));
  signet::core::StepObserver steps;
  return signet::server::RunServer(std::vector<std::string>(argv + 1, argv + argc), steps);
}
