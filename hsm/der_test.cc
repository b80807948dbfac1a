#include "hsm/der.h"

#include <openssl/objects.h>

#include <string>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace signet::hsm {
namespace {

std::string Hex(const std::string& bytes) { return absl::BytesToHexString(bytes); }

TEST(Der, ConcatenatesTheContentsBehindTagAndLength) {
  EXPECT_EQ(Hex(Der(DerTag::kNull, {})), "0500");
  EXPECT_EQ(Hex(Der(DerTag::kSequence, {Der(DerTag::kNull, {}), Der(DerTag::kUtf8String, {"ab", "c"})})), "300705000c03616263");
}

TEST(Der, WritesEachLengthInTheFewestBytes) {
  const auto header = [](size_t length, size_t size) {
    return Hex(Der(DerTag::kOctetString, {std::string(length, 'x')}).substr(0, size));
  };
  EXPECT_EQ(header(127, 2), "047f");
  EXPECT_EQ(header(128, 3), "048180");
  EXPECT_EQ(header(255, 3), "0481ff");
  EXPECT_EQ(header(256, 4), "04820100");
  EXPECT_EQ(header(65535, 4), "0482ffff");
  EXPECT_EQ(header(65536, 5), "0483010000");
}

TEST(DerUnsigned, KeepsTheSignBitClearAndNoZeroTooMany) {
  EXPECT_EQ(Hex(DerUnsigned("")), "020100");
  EXPECT_EQ(Hex(DerUnsigned(std::string(3, '\0'))), "020100");
  EXPECT_EQ(Hex(DerUnsigned("\x7f")), "02017f");
  EXPECT_EQ(Hex(DerUnsigned("\x80")), "02020080");
  EXPECT_EQ(Hex(DerUnsigned(std::string("\0\0\x12\x34", 4))), "02021234");
}

TEST(DerObjectId, WritesTheObjectIdentifierOfTheNid) {
  EXPECT_EQ(Hex(DerObjectId(NID_ED25519)), "06032b6570");
  EXPECT_EQ(Hex(DerObjectId(NID_commonName)), "0603550403");
}

}  // namespace
}  // namespace signet::hsm
