#include "server/http/entity_tag.h"

#include <gtest/gtest.h>

namespace signet::http {
namespace {

TEST(IfNoneMatchTest, TheTagItselfIsFound) {
  EXPECT_TRUE(IfNoneMatchLists("\"abc\"", "\"abc\""));
  EXPECT_TRUE(IfNoneMatchLists("  \"abc\" ", "\"abc\""));
}

TEST(IfNoneMatchTest, AStarMatchesAnyTag) { EXPECT_TRUE(IfNoneMatchLists("*", "\"abc\"")); }

TEST(IfNoneMatchTest, WeakAndStrongTagsMatchOneAnother) {
  EXPECT_TRUE(IfNoneMatchLists("W/\"abc\"", "\"abc\""));
  EXPECT_TRUE(IfNoneMatchLists("\"abc\"", "W/\"abc\""));
}

TEST(IfNoneMatchTest, EveryTagOfAListIsLookedAt) {
  EXPECT_TRUE(IfNoneMatchLists("\"x\", W/\"y\",\"abc\"", "\"abc\""));
  EXPECT_TRUE(IfNoneMatchLists("\"x\" , , \"abc\"", "\"abc\""));
  EXPECT_FALSE(IfNoneMatchLists("\"x\", \"y\"", "\"abc\""));
}

TEST(IfNoneMatchTest, ACommaInsideATagSeparatesNothing) {
  EXPECT_TRUE(IfNoneMatchLists("\"a,b\", \"abc\"", "\"abc\""));
  EXPECT_FALSE(IfNoneMatchLists("\"x,\"abc\",y\"", "\"z\""));
}

TEST(IfNoneMatchTest, WhatIsNoTagMatchesNothing) {
  for (const char* field : {"", "abc", "\"abc", "\"", "W/", "w/\"abc\"", "\"abcd\"", "**", "\"ABC\"", ", x"}) {
    EXPECT_FALSE(IfNoneMatchLists(field, "\"abc\"")) << field;
  }
}

}  // namespace
}  // namespace signet::http
