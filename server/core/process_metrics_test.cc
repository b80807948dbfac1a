#include "server/core/process_metrics.h"

#include <fcntl.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace signet::core {
namespace {

double ValueOf(const std::string& name) {
  for (const prometheus::MetricFamily& family : CollectProcessMetrics()) {
    if (family.name != name || family.metric.size() != 1) continue;
    return family.type == prometheus::MetricType::Counter ? family.metric[0].counter.value : family.metric[0].gauge.value;
  }
  return -1;
}

TEST(ProcessMetrics, CountWhatIsOpen) {
  const double before = ValueOf("process_open_fds");
  EXPECT_GE(before, 3);
  const int opened = open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(ValueOf("process_open_fds"), before + 1);
  close(opened);
  EXPECT_EQ(ValueOf("process_open_fds"), before);
  EXPECT_GT(ValueOf("process_max_fds"), before);
}

TEST(ProcessMetrics, CountTheTimeOfTheProcessorAndTheMemory) {
  const double before = ValueOf("process_cpu_seconds_total");
  EXPECT_GE(before, 0);
  while (ValueOf("process_cpu_seconds_total") == before) {
  }
  EXPECT_GT(ValueOf("process_resident_memory_bytes"), 1 << 20);
  const double small = ValueOf("process_resident_memory_bytes");
  const std::vector<char> large(64 << 20, 'x');
  EXPECT_GT(ValueOf("process_resident_memory_bytes"), small + (48 << 20)) << large.size();
}

TEST(ProcessMetrics, CountWhatIsAllocatedAndNotFreed) {
  const double before = ValueOf("process_heap_bytes");
  EXPECT_GT(before, 0);
  auto large = std::make_unique<std::vector<char>>(64 << 20);
  EXPECT_GT(ValueOf("process_heap_bytes"), before + (63 << 20)) << large->size();
  large.reset();
  EXPECT_LT(ValueOf("process_heap_bytes"), before + (1 << 20));
}

TEST(ProcessMetrics, SayWhenItStarted) {
  const double age = absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch()) - ValueOf("process_start_time_seconds");
  // The kernel's clocks have parted by seconds on machines that slept.
  EXPECT_GT(age, -60);
  EXPECT_LT(age, 600);
}

}  // namespace
}  // namespace signet::core
