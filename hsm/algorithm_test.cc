#include "hsm/algorithm.h"

#include <set>
#include <string>

#include "gtest/gtest.h"

namespace signet::hsm {
namespace {

TEST(AlgorithmTable, HasEachAlgorithmOnceUnderItsOwnName) {
  std::set<std::string> names;
  for (const AlgorithmInfo& row : AllAlgorithms()) {
    EXPECT_EQ(&GetAlgorithmInfo(row.algorithm), &row);
    EXPECT_EQ(FindAlgorithm(row.name), row.algorithm);
    names.insert(std::string(row.name));
  }
  EXPECT_EQ(names.size(), 22u);
}

TEST(AlgorithmTable, SaysOfEachAlgorithmWhatItsNameSays) {
  for (const AlgorithmInfo& row : AllAlgorithms()) {
    const std::string jose(row.jose_name);
    SCOPED_TRACE(std::string(row.name));
    if (row.key_type == KeyType::kEd25519) continue;
    const Hash hash = jose.substr(2) == "256" ? Hash::kSha256 : jose.substr(2) == "384" ? Hash::kSha384 : Hash::kSha512;
    EXPECT_EQ(row.hash, hash);
    const Padding padding = jose[0] == 'E' ? Padding::kNone : jose[0] == 'R' ? Padding::kPkcs1 : Padding::kPss;
    EXPECT_EQ(row.padding, padding);
    EXPECT_EQ(row.key_type, jose[0] == 'E' ? KeyType::kEc : KeyType::kRsa);
    if (row.key_type == KeyType::kRsa) {
      EXPECT_EQ(row.name, jose + "_" + std::to_string(row.bits));
      EXPECT_EQ(row.signature_size * 8, static_cast<size_t>(row.bits));
    } else {
      EXPECT_EQ(row.signature_size, 2 * static_cast<size_t>((row.bits + 7) / 8));
    }
  }
}

TEST(FindAlgorithm, IgnoresCaseAndRefusesWhatIsNotInTheTable) {
  EXPECT_EQ(FindAlgorithm("ed25519"), Algorithm::kEd25519);
  EXPECT_EQ(FindAlgorithm("rs256_2048"), Algorithm::kRs256With2048);
  for (const char* name : {"", "none", "HS256", "RS256", "RS256_1024", "ES256 ", "ALGORITHM_UNSPECIFIED"}) {
    EXPECT_EQ(FindAlgorithm(name), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace signet::hsm
