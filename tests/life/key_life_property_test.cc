// The invariants of a key's life (ARCHITECTURE.md), under random calls, clocks and crashes, over a SQLite store.
//
// A longer run is told by the environment:
//   SIGNET_KEY_LIFE_SEED   the first seed (0)
//   SIGNET_KEY_LIFE_SEEDS  how many (24)
//   SIGNET_KEY_LIFE_STEPS  how long each life is (100)
// such as `bazel test //tests/life:key_life_property_test --test_env=SIGNET_KEY_LIFE_SEEDS=5000 --test_timeout=3600`. A failure
// names its seed and shows the steps that led to it: the same seed leads there again.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "tests/life/key_life_driver.h"

namespace signet::testing {
namespace {

constexpr size_t kStepsShown = 20;

// Folder is a new folder on /dev/shm, as it is not tested here that writes survive a power failure; removed with the object.
class Folder {
 public:
  Folder() {
    char pattern[] = "/dev/shm/signet-test-XXXXXX";
    if (mkdtemp(pattern) == nullptr) std::abort();  // Nothing can be tested then.
    path_ = pattern;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

int Setting(const char* name, int value) {
  const char* text = std::getenv(name);
  if (text != nullptr && !absl::SimpleAtoi(text, &value)) ADD_FAILURE() << name << " is no number";
  return value;
}

std::string LastSteps(const std::vector<std::string>& history) {
  const size_t first = history.size() - std::min(history.size(), kStepsShown);
  std::string text;
  for (size_t i = first; i < history.size(); ++i) absl::StrAppend(&text, "\n  ", i, "  ", history[i]);
  return text;
}

// Whether a life went by without a violation.
bool Lives(uint32_t seed, int steps) {
  const Folder folder;
  KeyLifeDriver driver(seed, folder.path() + "/signet.db");
  for (int step = 0; step < steps && driver.violations().empty(); ++step) driver.Step();
  EXPECT_TRUE(driver.violations().empty()) << "seed " << seed << "\n"
                                           << absl::StrJoin(driver.violations(), "\n") << LastSteps(driver.history());
  return driver.violations().empty();
}

TEST(KeyLife, KeepsItsInvariantsUnderRandomCallsClocksAndCrashes) {
  const int first = Setting("SIGNET_KEY_LIFE_SEED", 0);
  const int seeds = Setting("SIGNET_KEY_LIFE_SEEDS", 24);
  const int steps = Setting("SIGNET_KEY_LIFE_STEPS", 100);
  for (int seed = first; seed < first + seeds; ++seed) {
    if (!Lives(static_cast<uint32_t>(seed), steps)) return;
  }
}

}  // namespace
}  // namespace signet::testing
