#include "hsm/ecdsa_signature.h"

#include <string>

#include "absl/strings/escaping.h"
#include "base/error.h"
#include "gtest/gtest.h"

namespace signet::hsm {
namespace {

std::string Hex(absl::string_view text) { return absl::HexStringToBytes(text); }

void ExpectRefused(const absl::StatusOr<std::string>& result) {
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(GetReason(result.status()), "INVALID_FIELD");
}

TEST(EcdsaSignature, PadsShortNumbersAndSignsLongOnes) {
  // R needs a zero byte in front in DER, S loses its leading zeros.
  const std::string raw = std::string("\xff", 1) + std::string(31, '\x01') + std::string(31, '\0') + "\x07";
  const std::string der = Hex("3026022100ff") + std::string(31, '\x01') + Hex("020107");
  EXPECT_EQ(*RawToDerSignature(Algorithm::kEs256, raw), der);
  EXPECT_EQ(*DerToRawSignature(Algorithm::kEs256, der), raw);
}

TEST(EcdsaSignature, RoundTripsTheLongestNumbersOfEachCurve) {
  for (const Algorithm algorithm : {Algorithm::kEs256, Algorithm::kEs384, Algorithm::kEs512}) {
    const std::string raw(GetAlgorithmInfo(algorithm).signature_size, '\xff');
    const absl::StatusOr<std::string> der = RawToDerSignature(algorithm, raw);
    ASSERT_TRUE(der.ok()) << der.status();
    EXPECT_EQ(*DerToRawSignature(algorithm, *der), raw);
  }
}

TEST(RawToDerSignature, RefusesWhatIsNotRAndS) {
  ExpectRefused(RawToDerSignature(Algorithm::kEs256, std::string(63, 'x')));
  ExpectRefused(RawToDerSignature(Algorithm::kEs256, std::string(65, 'x')));
  ExpectRefused(RawToDerSignature(Algorithm::kEs256, ""));
  ExpectRefused(RawToDerSignature(Algorithm::kEs256, std::string(64, '\0')));
  ExpectRefused(RawToDerSignature(Algorithm::kEd25519, std::string(64, 'x')));
  ExpectRefused(RawToDerSignature(Algorithm::kRs256With2048, std::string(256, 'x')));
}

TEST(DerToRawSignature, RefusesWhatIsNotStrictDer) {
  ASSERT_TRUE(DerToRawSignature(Algorithm::kEs256, Hex("3006020101020102")).ok());
  for (const char* der : {
           "",
           "3006020101020102ff",      // a byte after the end
           "308106020101020102",      // a long form of a short length
           "300702020001020102",      // a zero too many
           "3006020100020102",        // R is zero
           "30060201ff020102",        // R is negative
           "3003020101",              // no S
           "3009020101020102020103",  // a third number
           "30800201010201020000",    // an indefinite length
       }) {
    SCOPED_TRACE(der);
    ExpectRefused(DerToRawSignature(Algorithm::kEs256, Hex(der)));
  }
  // R of 33 bytes does not fit P-256.
  ExpectRefused(DerToRawSignature(Algorithm::kEs256, Hex("3026022101") + std::string(32, '\x01') + Hex("020102")));
  ExpectRefused(DerToRawSignature(Algorithm::kRs256With2048, Hex("3006020101020102")));
}

}  // namespace
}  // namespace signet::hsm
