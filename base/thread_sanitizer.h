#ifndef SIGNET_BASE_THREAD_SANITIZER_H_
#define SIGNET_BASE_THREAD_SANITIZER_H_

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

namespace signet {

// For what is handed from thread to thread by a library that ThreadSanitizer does not see into: what was done before
// TellHandOver of an address happens before what is done after TellTakeOver of it. Without ThreadSanitizer they do nothing, and the
// library is to be relied on.
inline void TellHandOver([[maybe_unused]] void* address) {
#ifdef __SANITIZE_THREAD__
  __tsan_release(address);
#endif
}
inline void TellTakeOver([[maybe_unused]] void* address) {
#ifdef __SANITIZE_THREAD__
  __tsan_acquire(address);
#endif
}

}  // namespace signet

#endif  // SIGNET_BASE_THREAD_SANITIZER_H_
