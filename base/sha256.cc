#include "base/sha256.h"

#include <openssl/evp.h>

#include <cstdlib>

namespace signet {

std::string Sha256(absl::string_view bytes) {
  // Fetched once: to look it up takes longer than to hash what is short.
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  std::string digest(32, '\0');
  // Fails only when there is no memory left.
  if (EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr, sha256, nullptr) != 1) {
    std::abort();
  }
  return digest;
}

}  // namespace signet
