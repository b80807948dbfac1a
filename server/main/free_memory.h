#ifndef SIGNET_SERVER_MAIN_FREE_MEMORY_H_
#define SIGNET_SERVER_MAIN_FREE_MEMORY_H_

namespace signet::server {

// Returns to the system what the allocator keeps of memory that nobody uses: glibc's, or tcmalloc where the program is linked with
// it. Takes milliseconds. By themselves they return large blocks, or little by little.
void ReleaseFreeMemory();

}  // namespace signet::server

#endif  // SIGNET_SERVER_MAIN_FREE_MEMORY_H_
