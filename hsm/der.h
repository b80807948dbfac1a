#ifndef SIGNET_HSM_DER_H_
#define SIGNET_HSM_DER_H_

#include <initializer_list>
#include <string>

#include "absl/strings/string_view.h"

namespace signet::hsm {

// DerTag is the first byte of an element (X.690 section 8.1.2).
enum class DerTag : unsigned char {
  kBoolean = 0x01,
  kInteger = 0x02,
  kBitString = 0x03,
  kOctetString = 0x04,
  kNull = 0x05,
  kObjectId = 0x06,
  kUtf8String = 0x0c,
  kPrintableString = 0x13,
  kSequence = 0x30,
  kSet = 0x31,
  // Constructed and of the context: [0], [1], [2], [3].
  kContext0 = 0xa0,
  kContext1 = 0xa1,
  kContext2 = 0xa2,
  kContext3 = 0xa3,
  // Primitive and of the context: [0] IMPLICIT.
  kPrimitiveContext0 = 0x80,
};

// Writes one element in DER: tag, length, and the concatenated `contents`, which are encoded already.
std::string Der(DerTag tag, std::initializer_list<absl::string_view> contents);

// Writes an INTEGER that is not negative, from its big endian bytes; leading zeros are allowed.
std::string DerUnsigned(absl::string_view big_endian);

// Writes an OBJECT IDENTIFIER. `nid` is one of OpenSSL's NID_ constants.
std::string DerObjectId(int nid);

}  // namespace signet::hsm

#endif  // SIGNET_HSM_DER_H_
