#include "server/core/client_id.h"

#include <cstddef>

#include "absl/strings/str_cat.h"

namespace signet::core {
namespace {

// `count` characters of `alphabet`, each as likely as the others.
std::string Draw(absl::string_view alphabet, size_t count, Random& random) {
  // Bytes from here on are passed over: taken too, they would make some characters likelier than others.
  const size_t limit = 256 / alphabet.size() * alphabet.size();
  std::string drawn;
  while (drawn.size() < count) {
    for (const char c : random.Bytes(count)) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < limit && drawn.size() < count) drawn.push_back(alphabet[byte % alphabet.size()]);
    }
  }
  return drawn;
}

}  // namespace

std::string NewClientId(Random& random) {
  return Draw("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 32, random);
}

std::string NewNumberedClientId(absl::string_view prefix, Random& random) {
  return absl::StrCat(prefix, Draw("0123456789", 18, random));
}

}  // namespace signet::core
