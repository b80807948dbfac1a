#include "hsm/pem.h"

#include <cstddef>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace signet::hsm {

std::string ToPem(absl::string_view label, absl::string_view der) {
  constexpr size_t kLineLength = 64;  // RFC 7468 section 2.
  const std::string base64 = absl::Base64Escape(der);
  std::string pem = absl::StrCat("-----BEGIN ", label, "-----\n");
  for (size_t i = 0; i < base64.size(); i += kLineLength) {
    absl::StrAppend(&pem, absl::string_view(base64).substr(i, kLineLength), "\n");
  }
  absl::StrAppend(&pem, "-----END ", label, "-----\n");
  return pem;
}

}  // namespace signet::hsm
