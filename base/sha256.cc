#include "base/sha256.h"

#include <openssl/evp.h>

#include <cstdlib>

namespace signet {

std::string Sha256(absl::string_view bytes) {
  std::string digest(32, '\0');
  // Fails only when there is no memory left.
  if (EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr, EVP_sha256(), nullptr) !=
      1) {
    std::abort();
  }
  return digest;
}

}  // namespace signet
