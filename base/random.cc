#include "base/random.h"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace signet {

std::string SystemRandom::Bytes(size_t count) {
  std::string bytes(count, '\0');
  size_t filled = 0;
  while (filled < count) {
    const ssize_t got = getrandom(bytes.data() + filled, count - filled, 0);
    if (got > 0) {
      filled += static_cast<size_t>(got);
    } else if (errno != EINTR) {
      std::abort();  // Only a kernel without getrandom fails here, and nothing secure can go on without it.
    }
  }
  return bytes;
}

std::string RandomStock::Bytes(size_t count) {
  constexpr size_t kStock = 4096;
  if (count > kStock) return source_.Bytes(count);
  MutexLock lock(mutex_);
  if (stock_.size() < count) stock_ = source_.Bytes(kStock);
  const size_t left = stock_.size() - count;
  std::string bytes = stock_.substr(left);
  explicit_bzero(stock_.data() + left, count);
  stock_.resize(left);
  return bytes;
}

std::string NewUuid(Random& random) {
  std::string bytes = random.Bytes(16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    const auto byte = static_cast<unsigned char>(bytes[i]);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0x0f];
  }
  return text;
}

}  // namespace signet
