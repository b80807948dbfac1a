#include "server/main/process_hardening.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/unique_fd.h"

namespace signet::server {

void HardenProcess() {
  // First, while the file is still this user's. Where there is none, the two below remain.
  if (const UniqueFd filter(open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC)); filter.get() >= 0) {
    [[maybe_unused]] const ssize_t written = write(filter.get(), "0", 1);
  }
  const rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
}

}  // namespace signet::server
