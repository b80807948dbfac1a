#include "hsm/signature_algorithm.h"

#include <string>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace signet::hsm {
namespace {

std::string Hex(Algorithm algorithm) { return absl::BytesToHexString(SignatureAlgorithmDer(algorithm)); }

TEST(SignatureAlgorithm, NamesEcdsaAndEd25519WithoutParameters) {
  EXPECT_EQ(Hex(Algorithm::kEs256), "300a06082a8648ce3d040302");
  EXPECT_EQ(Hex(Algorithm::kEs384), "300a06082a8648ce3d040303");
  EXPECT_EQ(Hex(Algorithm::kEs512), "300a06082a8648ce3d040304");
  EXPECT_EQ(Hex(Algorithm::kEd25519), "300506032b6570");
}

TEST(SignatureAlgorithm, NamesRsaPkcs1WithANull) {
  EXPECT_EQ(Hex(Algorithm::kRs256With2048), "300d06092a864886f70d01010b0500");
  EXPECT_EQ(Hex(Algorithm::kRs384With3072), "300d06092a864886f70d01010c0500");
  EXPECT_EQ(Hex(Algorithm::kRs512With4096), "300d06092a864886f70d01010d0500");
}

// The DER of RFC 4055 section 6, rSASSA-PSS-SHA256-Identifier and its siblings, whose salts differ.
TEST(SignatureAlgorithm, NamesPssWithItsHashItsMaskAndItsSalt) {
  const auto expected = [](const std::string& hash, const std::string& salt) {
    const std::string hash_algorithm = "300d06096086480165030402" + hash + "0500";
    return "304106092a864886f70d01010a3034a00f" + hash_algorithm + "a11c301a06092a864886f70d010108" + hash_algorithm + "a203" +
           "0201" + salt;
  };
  EXPECT_EQ(Hex(Algorithm::kPs256With2048), expected("01", "20"));
  EXPECT_EQ(Hex(Algorithm::kPs384With3072), expected("02", "30"));
  EXPECT_EQ(Hex(Algorithm::kPs512With4096), expected("03", "40"));
}

TEST(SignatureAlgorithm, DoesNotDependOnTheSizeOfTheKey) {
  EXPECT_EQ(Hex(Algorithm::kPs256With2048), Hex(Algorithm::kPs256With4096));
  EXPECT_EQ(Hex(Algorithm::kRs512With2048), Hex(Algorithm::kRs512With3072));
}

}  // namespace
}  // namespace signet::hsm
