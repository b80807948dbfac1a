#include "hsm/handle_cache.h"

#include "gtest/gtest.h"

namespace signet::hsm {
namespace {

KeySpec Key(const std::string& id, Algorithm algorithm = Algorithm::kEs256) { return {id, "label", algorithm}; }

TEST(HandleCache, RemembersUntilErasedOrCleared) {
  HandleCache cache;
  EXPECT_EQ(cache.Find(Key("a")), std::nullopt);
  cache.Insert(cache.generation(), Key("a"), 1);
  cache.Insert(cache.generation(), Key("b"), 2);
  EXPECT_EQ(cache.Find(Key("a")), 1u);
  cache.Erase("a");
  EXPECT_EQ(cache.Find(Key("a")), std::nullopt);
  EXPECT_EQ(cache.Find(Key("b")), 2u);
  cache.Clear();
  EXPECT_EQ(cache.Find(Key("b")), std::nullopt);
}

TEST(HandleCache, FindsOnlyAKeyOfTheTypeAskedFor) {
  HandleCache cache;
  cache.Insert(cache.generation(), Key("a", Algorithm::kRs256With2048), 1);
  EXPECT_EQ(cache.Find(Key("a", Algorithm::kPs512With2048)), 1u);
  EXPECT_EQ(cache.Find(Key("a", Algorithm::kEs256)), std::nullopt);
}

TEST(HandleCache, ForgetsAHandleThatWasFoundBeforeTheLoginWasLost) {
  HandleCache cache;
  const uint64_t generation = cache.generation();
  cache.Clear();
  cache.Insert(generation, Key("a"), 1);
  EXPECT_EQ(cache.Find(Key("a")), std::nullopt);
  EXPECT_NE(cache.generation(), generation);
}

TEST(HandleCache, KeepsAHandleThatWasFoundSinceTheStaleOne) {
  HandleCache cache;
  cache.Insert(cache.generation(), Key("a"), 2);
  cache.EraseStale("a", 1);
  EXPECT_EQ(cache.Find(Key("a")), 2u);
  cache.EraseStale("a", 2);
  EXPECT_EQ(cache.Find(Key("a")), std::nullopt);
}

}  // namespace
}  // namespace signet::hsm
