#include "server/core/metric_series.h"

#include <thread>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "prometheus/counter.h"
#include "prometheus/registry.h"

namespace signet::core {
namespace {

using prometheus::Counter;

class MetricSeriesTest : public testing::Test {
 protected:
  size_t Exposed() const { return registry_.Collect().empty() ? 0 : registry_.Collect()[0].metric.size(); }

  prometheus::Registry registry_;
  prometheus::Family<Counter>& family_ = prometheus::BuildCounter().Name("calls").Help("h").Register(registry_);
  MetricSeries<Counter, 2> series_{family_, {"method", "code"}};
};

TEST_F(MetricSeriesTest, TheSameLabelsAreTheSameSeriesAndOthersAreOthers) {
  Counter& first = series_.Get({"signet.v1.KeyService/GetKey", "OK"});
  EXPECT_EQ(&series_.Get({absl::StrCat("signet.v1.KeyService/", "GetKey"), "OK"}), &first);
  EXPECT_NE(&series_.Get({"signet.v1.KeyService/GetKey", "NOT_FOUND"}), &first);
  // The same length and the same end, which is all that the table looks at first.
  EXPECT_NE(&series_.Get({"signet.v2.KeyService/GetKey", "OK"}), &first);
  EXPECT_NE(&series_.Get({"OK", "signet.v1.KeyService/GetKey"}), &first);
  EXPECT_NE(&series_.Get({"", ""}), &first);
  EXPECT_EQ(Exposed(), 5u);
}

TEST_F(MetricSeriesTest, AnEmptyValueIsNoLabel) {
  Counter& series = series_.Get({"", "OK"});
  EXPECT_EQ(&series_.Get({"", "OK"}), &series);
  EXPECT_EQ(&family_.Add({{"code", "OK"}}), &series);
}

TEST_F(MetricSeriesTest, TellsSeriesApartByEachOfFourLabels) {
  MetricSeries<Counter, 4> series(family_, {"a", "b", "c", "d"});
  Counter& first = series.Get({"GET", "/", "200", "https"});
  EXPECT_EQ(&series.Get({"GET", "/", "200", "https"}), &first);
  EXPECT_NE(&series.Get({"PUT", "/", "200", "https"}), &first);
  EXPECT_NE(&series.Get({"GET", "", "200", "https"}), &first);
  EXPECT_NE(&series.Get({"GET", "/", "404", "https"}), &first);
  EXPECT_NE(&series.Get({"GET", "/", "200", "http"}), &first);
  EXPECT_EQ(&family_.Add({{"a", "GET"}, {"b", "/"}, {"c", "200"}, {"d", "https"}}), &first);
}

TEST_F(MetricSeriesTest, BeyondItsLimitEverythingIsOther) {
  constexpr size_t kMaxSeries = MetricSeries<Counter, 2>::kMaxSeries;
  for (size_t i = 0; i < 2 * kMaxSeries; ++i) series_.Get({absl::StrCat("m", i), "OK"}).Increment();
  EXPECT_EQ(Exposed(), kMaxSeries + 1);
  EXPECT_EQ(series_.Get({"m0", "OK"}).Value(), 1);
  EXPECT_EQ(series_.Get({"new", "OK"}).Value(), kMaxSeries);
  EXPECT_EQ(&series_.Get({"new", "OK"}), &family_.Add({{"method", "other"}, {"code", "other"}}));
}

TEST_F(MetricSeriesTest, ThreadsThatMeetANewSeriesAtTheSameTimeShareIt) {
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([this] {
      for (int i = 0; i < 300; ++i) series_.Get({absl::StrCat("m", i), "OK"}).Increment();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Exposed(), 300u);
  for (int i = 0; i < 300; ++i) EXPECT_EQ(series_.Get({absl::StrCat("m", i), "OK"}).Value(), 8);
}

}  // namespace
}  // namespace signet::core
