#include "hsm/handle_cache.h"

#include "gtest/gtest.h"

namespace signet::hsm {
namespace {

TEST(HandleCache, RemembersUntilErasedOrCleared) {
  HandleCache cache;
  EXPECT_EQ(cache.Find("a"), std::nullopt);
  cache.Insert(cache.generation(), "a", 1);
  cache.Insert(cache.generation(), "b", 2);
  EXPECT_EQ(cache.Find("a"), 1u);
  cache.Erase("a");
  EXPECT_EQ(cache.Find("a"), std::nullopt);
  EXPECT_EQ(cache.Find("b"), 2u);
  cache.Clear();
  EXPECT_EQ(cache.Find("b"), std::nullopt);
}

TEST(HandleCache, ForgetsAHandleThatWasFoundBeforeTheLoginWasLost) {
  HandleCache cache;
  const uint64_t generation = cache.generation();
  cache.Clear();
  cache.Insert(generation, "a", 1);
  EXPECT_EQ(cache.Find("a"), std::nullopt);
  EXPECT_NE(cache.generation(), generation);
}

}  // namespace
}  // namespace signet::hsm
