#include "server/core/client_secret.h"

#include <set>
#include <string>

#include "absl/strings/escaping.h"
#include "base/base64url.h"
#include "gtest/gtest.h"

namespace signet::core {
namespace {

TEST(ClientSecretTest, IsOf256RandomBitsAndNeverTheSame) {
  SystemRandom random;
  std::set<std::string> texts, ids, salts;
  for (int i = 0; i < 100; ++i) {
    const MadeClientSecret made = MakeClientSecret(random);
    EXPECT_EQ(made.text.Expose().size(), kClientSecretLength);
    EXPECT_EQ(Base64UrlDecode(made.text.Expose())->size(), 32u);
    texts.insert(std::string(made.text.Expose()));
    ids.insert(made.record.id);
    salts.insert(made.record.salt);
  }
  EXPECT_EQ(texts.size(), 100u);
  EXPECT_EQ(ids.size(), 100u);
  EXPECT_EQ(salts.size(), 100u);
}

TEST(ClientSecretTest, IsKeptAsSaltAndHash) {
  SystemRandom random;
  const MadeClientSecret made = MakeClientSecret(random);
  EXPECT_EQ(made.record.salt.size(), 16u);
  EXPECT_EQ(made.record.hash.size(), 32u);
  // By Python's hashlib.
  keystore::ClientSecret secret;
  secret.salt = "0123456789abcdef";
  secret.hash = absl::HexStringToBytes("8fdec59c819cf0201c30f3c0e774c324e15e619e01cea381a5e9b24e48263e7c");
  EXPECT_TRUE(Matches(secret, "correct horse"));
}

TEST(ClientSecretTest, IsRecognisedAndNothingElseIs) {
  SystemRandom random;
  const MadeClientSecret made = MakeClientSecret(random);
  const std::string text(made.text.Expose());
  EXPECT_TRUE(Matches(made.record, text));
  for (size_t i = 0; i < text.size(); ++i) {
    std::string other = text;
    other[i] = other[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(Matches(made.record, other)) << i;
  }
  EXPECT_FALSE(Matches(made.record, ""));
  EXPECT_FALSE(Matches(made.record, text.substr(1)));
  EXPECT_FALSE(Matches(made.record, text + "A"));
  EXPECT_FALSE(Matches(made.record, std::string(100'000, 'x')));
  EXPECT_FALSE(Matches(MakeClientSecret(random).record, text));
}

TEST(ClientSecretTest, ARecordWithoutHashRecognisesNothing) {
  EXPECT_FALSE(Matches(keystore::ClientSecret(), ""));
  EXPECT_FALSE(Matches(keystore::ClientSecret(), "x"));
}

}  // namespace
}  // namespace signet::core
