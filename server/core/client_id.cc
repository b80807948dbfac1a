#include "server/core/client_id.h"

#include <cstddef>

#include "absl/strings/string_view.h"

namespace signet::core {
namespace {

constexpr absl::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr size_t kLength = 32;

}  // namespace

std::string NewClientId(Random& random) {
  // Bytes from here on are passed over: taken too, they would make some characters likelier than others.
  constexpr size_t kLimit = 256 / kAlphabet.size() * kAlphabet.size();
  std::string id;
  while (id.size() < kLength) {
    for (const char c : random.Bytes(kLength)) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < kLimit && id.size() < kLength) id.push_back(kAlphabet[byte % kAlphabet.size()]);
    }
  }
  return id;
}

}  // namespace signet::core
