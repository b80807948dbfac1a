#ifndef SIGNET_HSM_TESTING_MEMORY_SCAN_H_
#define SIGNET_HSM_TESTING_MEMORY_SCAN_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace signet::hsm {

// Returns `bytes` in a disguise, to be looked for later: a copy of them in the clear would find itself.
std::string Disguise(absl::string_view bytes);

// Counts where the bytes behind `disguised` stand in the writable memory of this process, freed memory included.
size_t CountInMemory(absl::string_view disguised);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_TESTING_MEMORY_SCAN_H_
