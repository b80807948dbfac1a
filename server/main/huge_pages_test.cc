#include "server/main/huge_pages.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <new>
#include <sstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

// tcmalloc's (gperftools/malloc_extension_c.h).
extern "C" __attribute__((weak)) void MallocExtension_ReleaseFreeMemory(void);

namespace signet::server {
namespace {

constexpr size_t kSize = size_t{16} << 20;

// The flags that the kernel has for the mapping with this address, such as " rd wr mr hg ".
std::string FlagsOf(const void* address) {
  std::ifstream maps("/proc/self/smaps");
  bool is_inside = false;
  for (std::string line; std::getline(maps, line);) {
    std::istringstream words(line);
    uintptr_t begin, end;
    char dash;
    if (words >> std::hex >> begin >> dash >> end && dash == '-') {
      const auto sought = reinterpret_cast<uintptr_t>(address);
      is_inside = begin <= sought && sought < end;
    } else if (is_inside && absl::StartsWith(line, "VmFlags:")) {
      return absl::StrCat(line.substr(std::strlen("VmFlags:")), " ");
    }
  }
  return "";
}

class HugePages : public testing::Test {
 protected:
  void SetUp() override {
    if (MallocExtension_ReleaseFreeMemory == nullptr) GTEST_SKIP() << "sanitizers have a malloc of their own";
    UseHugePages();
  }
};

TEST_F(HugePages, WhatIsAllocatedAfterwardsIsInMemoryThatAsksForThem) {
  const std::unique_ptr<char[]> block(new char[kSize]);
  // All of it can be used.
  std::memset(block.get(), 1, kSize);
  if (!std::filesystem::exists("/sys/kernel/mm/transparent_hugepage")) GTEST_SKIP() << "this kernel has no huge pages";
  for (size_t at = 0; at < kSize; at += kSize / 8) EXPECT_TRUE(absl::StrContains(FlagsOf(&block[at]), " hg ")) << at;
}

TEST_F(HugePages, MemoryOfAnyAlignmentComesFromThem) {
  for (size_t alignment = 16; alignment <= size_t{8} << 20; alignment *= 2) {
    void* const block = operator new(1000, std::align_val_t(alignment));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % alignment, 0u);
    std::memset(block, 1, 1000);
    operator delete(block, std::align_val_t(alignment));
  }
}

TEST_F(HugePages, MoreThanThereIsFailsAsItDoesWithoutThem) { EXPECT_EQ(new (std::nothrow) char[size_t{1} << 47], nullptr); }

}  // namespace
}  // namespace signet::server
