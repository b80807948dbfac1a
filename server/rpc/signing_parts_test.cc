#include "server/rpc/signing_parts.h"

#include <future>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/error_reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(PartSizeTest, IsAnEqualShareOfEachWorkerBetweenFourAndEight) {
  EXPECT_EQ(PartSize(96, 16), 6);
  EXPECT_EQ(PartSize(25, 4), 7) << "rounded up";
  EXPECT_EQ(PartSize(256, 1), 8);
  EXPECT_EQ(PartSize(256, 128), 4);
  EXPECT_EQ(PartSize(1, 1), 4);
}

// SubmitPartsTest has one worker, which waits until it is let go, and a queue of two.
class SubmitPartsTest : public ::testing::Test {
 protected:
  using Range = std::pair<int, int>;

  SubmitPartsTest() {
    std::promise<void> reached;
    EXPECT_TRUE(executor_.Submit([&](int) { reached.set_value(), go_.get_future().wait(); }).ok());
    reached.get_future().wait();
  }
  absl::Status Submit(int items) {
    return SubmitParts(
        {executor_, ""}, items,
        [this](int begin, int end) { return [this, begin, end](int) { signed_.emplace_back(begin, end); }; },
        [this](int begin, int end, const absl::Status& status) {
          EXPECT_EQ(GetReason(status), reason::kQueueFull);
          refused_.emplace_back(begin, end);
        });
  }
  void Finish() {
    go_.set_value();
    executor_.Shutdown();
  }

  std::promise<void> go_;
  // Written by the worker.
  std::vector<Range> signed_;
  std::vector<Range> refused_;
  core::Executor executor_{{.workers = 1, .queue_limit = 2}};
};

TEST_F(SubmitPartsTest, SignsAllItemsInPartsAndTheRestInASmallerOne) {
  EXPECT_TRUE(Submit(10).ok());
  Finish();
  EXPECT_THAT(signed_, ElementsAre(Pair(0, 8), Pair(8, 10)));
  EXPECT_THAT(refused_, IsEmpty());
}

TEST_F(SubmitPartsTest, RefusesThePartsThatFindTheQueueFull) {
  EXPECT_TRUE(Submit(30).ok());
  EXPECT_THAT(refused_, ElementsAre(Pair(16, 24), Pair(24, 30)));
  Finish();
  EXPECT_THAT(signed_, ElementsAre(Pair(0, 8), Pair(8, 16)));
}

TEST_F(SubmitPartsTest, FailsIfNoPartFindsAPlace) {
  ASSERT_TRUE(Submit(16).ok());
  EXPECT_EQ(GetReason(Submit(16)), reason::kQueueFull);
  EXPECT_THAT(refused_, IsEmpty());
  Finish();
  EXPECT_EQ(GetReason(Submit(1)), reason::kShuttingDown);
}

TEST_F(SubmitPartsTest, OfNoItemsSubmitsNothing) {
  EXPECT_TRUE(Submit(0).ok());
  Finish();
  EXPECT_THAT(signed_, IsEmpty());
}

}  // namespace
}  // namespace signet::rpc
