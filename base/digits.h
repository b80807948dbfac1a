#ifndef SIGNET_BASE_DIGITS_H_
#define SIGNET_BASE_DIGITS_H_

namespace signet {

// Writes the last `count` decimal digits of `number`, which is not negative, to `to`, with leading zeros. Returns what is behind.
inline char* PutDigits(int number, int count, char* to) {
  for (int i = count - 1; i >= 0; --i, number /= 10) to[i] = static_cast<char>('0' + number % 10);
  return to + count;
}

}  // namespace signet

#endif  // SIGNET_BASE_DIGITS_H_
