#ifndef SIGNET_HSM_PEM_H_
#define SIGNET_HSM_PEM_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace signet::hsm {

inline constexpr size_t kMaxPemBlockSize = 64 * 1024;

// PemBlock is what stands between two lines of PEM.
struct PemBlock {
  // Such as "PUBLIC KEY".
  std::string label;
  std::string der;
};

// Writes a PEM block in lines of 64, ending in a newline (RFC 7468 section 3). `label` is such as "PUBLIC KEY".
std::string ToPem(absl::string_view label, absl::string_view der);

// Parses one PEM block, of at most 64 KiB. Around it there may be white space and lines that begin with '#', and nothing else.
// WARNING: the bytes are those of the base64, whatever they are; the caller checks the label and parses them.
//   kInvalidArgument  INVALID_FIELD, `field`: not one PEM block, or that of a private key; the message repeats nothing of the input
absl::StatusOr<PemBlock> ParsePemBlock(absl::string_view field, absl::string_view pem);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_PEM_H_
