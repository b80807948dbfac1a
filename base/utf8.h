#ifndef SIGNET_BASE_UTF8_H_
#define SIGNET_BASE_UTF8_H_

#include "absl/strings/string_view.h"

namespace signet {

// Whether `text` is UTF-8: no stray, missing or overlong bytes, no surrogates, nothing above U+10FFFF.
bool IsUtf8(absl::string_view text);

}  // namespace signet

#endif  // SIGNET_BASE_UTF8_H_
