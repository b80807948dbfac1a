#include "server/core/process_metrics.h"

#include <dirent.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

// tcmalloc's (gperftools/malloc_extension_c.h) and the sanitizers' (sanitizer/allocator_interface.h), where the program is linked
// with them.
extern "C" int MallocExtension_GetNumericProperty(const char* property, size_t* value) __attribute__((weak));
// NOLINTNEXTLINE(bugprone-reserved-identifier): the name is theirs.
extern "C" size_t __sanitizer_get_current_allocated_bytes() __attribute__((weak));

namespace signet::core {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

std::string FirstLine(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// The field of that index in a line of numbers that spaces separate.
std::optional<double> NumberAt(absl::string_view line, size_t index) {
  const std::vector<absl::string_view> fields = absl::StrSplit(line, ' ', absl::SkipEmpty());
  double number = 0;
  if (index >= fields.size() || !absl::SimpleAtod(fields[index], &number)) return std::nullopt;
  return number;
}

std::optional<double> CpuSeconds() {
  rusage usage = {};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return std::nullopt;
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

std::optional<double> ResidentBytes() {
  const std::optional<double> pages = NumberAt(FirstLine("/proc/self/statm"), 1);
  if (!pages) return std::nullopt;
  return *pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

// What the program has allocated and not freed; the allocator keeps more from the kernel.
double HeapBytes() {
  size_t bytes = 0;
  if (MallocExtension_GetNumericProperty != nullptr) {
    MallocExtension_GetNumericProperty("generic.current_allocated_bytes", &bytes);
  } else if (__sanitizer_get_current_allocated_bytes != nullptr) {
    bytes = __sanitizer_get_current_allocated_bytes();
  } else {
    const struct mallinfo2 glibc = mallinfo2();
    bytes = glibc.uordblks + glibc.hblkhd;
  }
  return static_cast<double>(bytes);
}

// The kernel counts in ticks from its own start, which /proc/stat has as "btime" (proc(5)).
std::optional<double> StartTime() {
  const std::string stat = FirstLine("/proc/self/stat");
  // The second field is the program's name in brackets, with whatever bytes it has.
  const size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  const std::optional<double> ticks = NumberAt(absl::string_view(stat).substr(name_end + 1), 19);
  std::ifstream kernel("/proc/stat");
  std::string line;
  while (ticks && std::getline(kernel, line)) {
    if (line.rfind("btime ", 0) != 0) continue;
    const std::optional<double> boot_time = NumberAt(line, 1);
    if (boot_time) return *boot_time + *ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
  }
  return std::nullopt;
}

std::optional<double> OpenDescriptors() {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc/self/fd"), closedir);
  if (!folder) return std::nullopt;
  int entries = 0;
  while (readdir(folder.get()) != nullptr) ++entries;
  return entries - 3;  // ".", "..", and the folder's own.
}

std::optional<double> MaxDescriptors() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
  return static_cast<double>(limit.rlim_cur);
}

}  // namespace

std::vector<MetricFamily> CollectProcessMetrics() {
  std::vector<MetricFamily> families;
  const auto add = [&families](MetricType type, const char* name, const char* help, std::optional<double> value) {
    MetricFamily family = {name, help, type, {}};
    if (value) {
      prometheus::ClientMetric series;
      (type == MetricType::Counter ? series.counter.value : series.gauge.value) = *value;
      family.metric.push_back(std::move(series));
    }
    families.push_back(std::move(family));
  };
  add(MetricType::Counter, "process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", CpuSeconds());
  add(MetricType::Gauge, "process_resident_memory_bytes", "Resident memory size in bytes.", ResidentBytes());
  add(MetricType::Gauge, "process_heap_bytes", "Process heap size in bytes.", HeapBytes());
  add(MetricType::Gauge, "process_start_time_seconds", "Start time of the process since unix epoch in seconds.", StartTime());
  add(MetricType::Gauge, "process_open_fds", "Number of open file descriptors.", OpenDescriptors());
  add(MetricType::Gauge, "process_max_fds", "Maximum number of open file descriptors.", MaxDescriptors());
  return families;
}

}  // namespace signet::core
