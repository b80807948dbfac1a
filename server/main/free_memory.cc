#include "server/main/free_memory.h"

#include <malloc.h>

// tcmalloc's (gperftools/malloc_extension_c.h), which signetd is linked with, and tests and sanitizers are not.
extern "C" __attribute__((weak)) void MallocExtension_ReleaseFreeMemory(void);

namespace signet::server {

void ReleaseFreeMemory() {
  if (MallocExtension_ReleaseFreeMemory != nullptr) {
    MallocExtension_ReleaseFreeMemory();
  } else {
    malloc_trim(0);
  }
}

}  // namespace signet::server
