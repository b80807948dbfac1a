#include "base/crc32c.h"

#include <isa-l/crc.h>

namespace signet {

uint32_t Crc32c(absl::string_view bytes) {
  // crc32_iscsi leaves both inversions to its caller; it takes a mutable pointer but only reads.
  auto* data = reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data()));
  return ~crc32_iscsi(data, static_cast<int>(bytes.size()), 0xffffffffu);
}

}  // namespace signet
