#ifndef SIGNET_BASE_CRC32C_H_
#define SIGNET_BASE_CRC32C_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace signet {

// Returns the CRC32C (Castagnoli, RFC 3720 appendix B.4) of `bytes`.
uint32_t Crc32c(absl::string_view bytes);

}  // namespace signet

#endif  // SIGNET_BASE_CRC32C_H_
