#include "hsm/der.h"

#include <openssl/objects.h>

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"

namespace signet::hsm {
namespace {

// X.690 section 10.1: the short form below 128, else the fewest bytes, behind their number.
std::string EncodeLength(size_t length) {
  if (length < 0x80) return std::string(1, static_cast<char>(length));
  std::string bytes;
  for (; length != 0; length >>= 8) bytes.insert(bytes.begin(), static_cast<char>(length & 0xff));
  return absl::StrCat(std::string(1, static_cast<char>(0x80 | bytes.size())), bytes);
}

}  // namespace

std::string Der(DerTag tag, std::initializer_list<absl::string_view> contents) {
  size_t length = 0;
  for (const absl::string_view part : contents) length += part.size();
  std::string element = absl::StrCat(std::string(1, static_cast<char>(tag)), EncodeLength(length));
  for (const absl::string_view part : contents) absl::StrAppend(&element, part);
  return element;
}

std::string DerUnsigned(absl::string_view big_endian) {
  big_endian.remove_prefix(std::min(big_endian.find_first_not_of('\0'), big_endian.size()));
  // The first bit is the sign, and zero is a byte too (X.690 section 8.3).
  const bool needs_zero = big_endian.empty() || (static_cast<unsigned char>(big_endian[0]) & 0x80) != 0;
  return Der(DerTag::kInteger, {needs_zero ? absl::string_view("\0", 1) : absl::string_view(), big_endian});
}

std::string DerObjectId(int nid) {
  const ASN1_OBJECT* object = OBJ_nid2obj(nid);
  return Der(DerTag::kObjectId, {absl::string_view(reinterpret_cast<const char*>(OBJ_get0_data(object)), OBJ_length(object))});
}

}  // namespace signet::hsm
