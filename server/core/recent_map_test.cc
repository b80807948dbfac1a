#include "server/core/recent_map.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace signet::core {
namespace {

TEST(RecentMap, FindsWhatWasInsertedLast) {
  RecentMap<int> map(10);
  EXPECT_EQ(map.Find("a"), nullptr);
  map.Insert("a", std::make_shared<const int>(1));
  map.Insert("a", std::make_shared<const int>(2));
  EXPECT_EQ(*map.Find("a"), 2);
  EXPECT_EQ(map.size(), 1u);
}

TEST(RecentMap, KeepsAtLeastTheLatestAndAtMostTwiceAsMany) {
  RecentMap<int> map(10);
  for (int i = 0; i < 1000; ++i) {
    map.Insert(absl::StrCat(i), std::make_shared<const int>(i));
    ASSERT_LE(map.size(), 20u);
    for (int latest = i; latest > i - 10 && latest >= 0; --latest) ASSERT_NE(map.Find(absl::StrCat(latest)), nullptr) << i;
  }
}

TEST(RecentMap, KeepsWhatIsUsed) {
  RecentMap<int> map(10);
  map.Insert("used", std::make_shared<const int>(1));
  map.Insert("unused", std::make_shared<const int>(2));
  for (int i = 0; i < 100; ++i) {
    map.Insert(absl::StrCat(i), std::make_shared<const int>(i));
    ASSERT_NE(map.Find("used"), nullptr);
  }
  EXPECT_EQ(map.Find("unused"), nullptr);
}

}  // namespace
}  // namespace signet::core
