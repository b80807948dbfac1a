#include "server/core/fair_places.h"

#include "gtest/gtest.h"

namespace signet::core {
namespace {

using Answer = FairPlaces::Answer;

TEST(FairPlacesTest, AnOwnerGetsHalfOfThePlacesAndTheRestIsForOthers) {
  FairPlaces places(4);
  EXPECT_EQ(places.Take("a"), Answer::kTaken);
  EXPECT_EQ(places.Take("a"), Answer::kTaken);
  EXPECT_EQ(places.Take("a"), Answer::kShareIsFull);
  EXPECT_EQ(places.Take("b"), Answer::kTaken);
  EXPECT_EQ(places.Take("c"), Answer::kTaken);
  EXPECT_EQ(places.Take("d"), Answer::kFull);
}

TEST(FairPlacesTest, WhoLeavesMakesRoomForItsOwnerAndForAll) {
  FairPlaces places(2);
  ASSERT_EQ(places.Take("a"), Answer::kTaken);
  ASSERT_EQ(places.Take("b"), Answer::kTaken);
  places.Leave("a");
  EXPECT_EQ(places.Take("b"), Answer::kShareIsFull);
  EXPECT_EQ(places.Take("a"), Answer::kTaken);
  places.Leave("b");
  EXPECT_EQ(places.Take("c"), Answer::kTaken);
}

TEST(FairPlacesTest, WhoHasNoNameMayHaveThemAll) {
  FairPlaces places(3);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(places.Take(""), Answer::kTaken);
  EXPECT_EQ(places.Take(""), Answer::kFull);
}

TEST(FairPlacesTest, OfAnOddNumberAnOwnerGetsTheLargerHalfAndOfNoneNobodyGetsAny) {
  EXPECT_EQ(FairPlaces(5).share(), 3u);
  EXPECT_EQ(FairPlaces(1).Take("a"), Answer::kTaken);
  EXPECT_EQ(FairPlaces(0).Take(""), Answer::kFull);
}

}  // namespace
}  // namespace signet::core
