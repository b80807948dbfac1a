#include "server/core/client_id.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::core {
namespace {

TEST(ClientIdTest, IsOf32LettersAndDigitsAndNeverTheSame) {
  SystemRandom random;
  std::set<std::string> ids;
  std::set<char> characters;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = NewClientId(random);
    EXPECT_EQ(id.size(), 32u);
    EXPECT_TRUE(std::all_of(id.begin(), id.end(), [](char c) { return absl::ascii_isalnum(c); })) << id;
    characters.insert(id.begin(), id.end());
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), 1000u);
  EXPECT_EQ(characters.size(), 62u);
}

TEST(ClientIdTest, ANumberedOneIsItsPrefixAnd18DigitsAndNeverTheSame) {
  SystemRandom random;
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = NewNumberedClientId("sb-full-access!a", random);
    EXPECT_THAT(id, testing::MatchesRegex("sb-full-access!a[0-9]+"));
    EXPECT_EQ(id.size(), 16u + 18u);
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), 1000u);
}

// CountingRandom yields 0, 1, …, 255, 0, …
class CountingRandom : public Random {
 public:
  std::string Bytes(size_t count) override {
    std::string bytes;
    while (bytes.size() < count) bytes.push_back(static_cast<char>(next_++));
    return bytes;
  }

 private:
  unsigned char next_ = 0;
};

TEST(ClientIdTest, PrefersNoCharacter) {
  CountingRandom random;
  std::string all;
  // 31 ids are 992 characters: four times the 248 bytes that are taken of each 256.
  for (int i = 0; i < 31; ++i) all += NewClientId(random);
  std::set<long> counts;
  for (int c = 0; c < 128; ++c) {
    if (absl::ascii_isalnum(c)) counts.insert(std::count(all.begin(), all.end(), static_cast<char>(c)));
  }
  // Each id ends with a block of which the rest is thrown away, so that the counts differ a little.
  EXPECT_LE(*counts.rbegin() - *counts.begin(), 8);
}

}  // namespace
}  // namespace signet::core
