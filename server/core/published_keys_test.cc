#include "server/core/published_keys.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hsm/software_hsm.h"

namespace signet::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class PublishedKeysTest : public testing::Test {
 protected:
  static keystore::KeyUid Uid(int number) {
    return keystore::KeyUid(absl::StrCat(absl::Dec(number, absl::kZeroPad16), std::string(16, '0')));
  }

  PublishedKeys::Key Key(int number, const std::string& kid, keystore::KeyState state = keystore::KeyState::kDisabled) {
    keystore::KeyRecord record;
    record.uid = Uid(number);
    record.kid = keystore::Kid(kid);
    record.algorithm = "ES256";
    record.public_key_der = public_key_der_;
    record.state = state;
    return std::make_shared<const PublishedKey>(ReadPublishedKey(record, std::make_shared<const std::string>("instance")).value());
  }
  void Put(const PublishedKeys::Key& key) { keys_.Apply({{key->meter->uid(), key}}); }
  void Remove(int number) { keys_.Apply({{Uid(number), nullptr}}); }
  std::vector<std::string> Kids() const {
    std::vector<std::string> kids;
    for (const auto& key : keys_) kids.push_back(key->name.kid.value());
    return kids;
  }

  const std::string public_key_der_ =
      hsm::CreateSoftwareHsm()
          ->GenerateKey({.id = std::string(16, 'k'), .label = "key", .algorithm = hsm::Algorithm::kEs256})
          .value()
          .spki_der();
  PublishedKeys keys_;
};

TEST_F(PublishedKeysTest, AreFoundByKidAndByUid) {
  for (const int number : {3, 1, 2}) Put(Key(number, absl::StrCat("kid-", number)));
  EXPECT_THAT(Kids(), ElementsAre("kid-1", "kid-2", "kid-3"));
  for (const int number : {1, 2, 3}) {
    const PublishedKeys::Key key = keys_.Find(keystore::Kid(absl::StrCat("kid-", number)));
    ASSERT_NE(key, nullptr);
    EXPECT_EQ(key->meter->uid(), Uid(number));
    EXPECT_EQ(keys_.FindByUid(Uid(number)), key);
  }
  for (const char* const other : {"", "kid", "kid-0", "kid-11", "kid-4"}) EXPECT_EQ(keys_.Find(keystore::Kid(other)), nullptr);
  EXPECT_EQ(keys_.FindByUid(Uid(4)), nullptr);
}

TEST_F(PublishedKeysTest, AKeysNewFormTakesThePlaceOfItsFormerOne) {
  Put(Key(1, "b"));
  Put(Key(2, "c"));
  Put(Key(1, "b", keystore::KeyState::kEnabled));
  EXPECT_THAT(Kids(), ElementsAre("b", "c"));
  EXPECT_EQ(keys_.Find(keystore::Kid("b"))->state, keystore::KeyState::kEnabled);
  Put(Key(1, "d"));
  EXPECT_THAT(Kids(), ElementsAre("c", "d"));
}

TEST_F(PublishedKeysTest, ManyChangesAreMadeTogether) {
  for (const int number : {1, 2, 3}) Put(Key(number, absl::StrCat("kid-", number)));
  keys_.Apply(
      {{Uid(1), nullptr}, {Uid(2), Key(2, "kid-2", keystore::KeyState::kEnabled)}, {Uid(4), Key(4, "kid-0")}, {Uid(5), nullptr}});
  EXPECT_THAT(Kids(), ElementsAre("kid-0", "kid-2", "kid-3"));
  EXPECT_EQ(keys_.FindByUid(Uid(2))->state, keystore::KeyState::kEnabled);
}

TEST_F(PublishedKeysTest, LoseWhatIsRemoved) {
  Put(Key(1, "a"));
  Put(Key(2, "b"));
  Remove(3);
  Remove(1);
  keys_.ShrinkToFit();
  EXPECT_THAT(Kids(), ElementsAre("b"));
  Remove(2);
  EXPECT_THAT(Kids(), IsEmpty());
  EXPECT_TRUE(keys_.empty());
}

}  // namespace
}  // namespace signet::core
