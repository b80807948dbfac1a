#ifndef SIGNET_HSM_PEM_H_
#define SIGNET_HSM_PEM_H_

#include <string>

#include "absl/strings/string_view.h"

namespace signet::hsm {

// Writes a PEM block in lines of 64, ending in a newline (RFC 7468 section 3). `label` is such as "PUBLIC KEY".
std::string ToPem(absl::string_view label, absl::string_view der);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_PEM_H_
