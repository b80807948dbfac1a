#include "hsm/testing/memory_scan.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <vector>

#include "absl/strings/match.h"

namespace signet::hsm {
namespace {

constexpr char kMask = 0x5a;
constexpr size_t kPageSize = 4096;
// No map of a test is as large; the shadow of a sanitizer is.
constexpr size_t kMaxMapSize = size_t{256} << 20;

size_t Count(absl::string_view text, absl::string_view what) {
  size_t count = 0;
  for (size_t at = text.find(what); at != absl::string_view::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

// Counts in one map, read through the kernel: to a sanitizer, freed memory is not there to be read. A page is disguised before the
// next one is read, which may be the one that it was read to.
size_t CountInMap(int file, size_t begin, size_t end, absl::string_view disguised) {
  size_t count = 0;
  std::string page(kPageSize, '\0');
  std::string tail;  // Of the page before, disguised: what is looked for may begin there.
  for (; begin < end; begin += kPageSize) {
    if (pread(file, page.data(), page.size(), static_cast<off_t>(begin)) != static_cast<ssize_t>(page.size())) return count;
    for (char& byte : page) byte = static_cast<char>(byte ^ kMask);
    tail += page;
    count += Count(tail, disguised);
    tail.erase(0, tail.size() - (disguised.size() - 1));
  }
  return count;
}

}  // namespace

std::string Disguise(absl::string_view bytes) {
  std::string disguised;
  for (const char byte : bytes) disguised.push_back(static_cast<char>(byte ^ kMask));
  return disguised;
}

size_t CountInMemory(absl::string_view disguised) {
  const int file = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  if (file < 0 || disguised.empty()) std::abort();
  std::vector<std::string> maps;
  std::ifstream list("/proc/self/maps");
  for (std::string line; std::getline(list, line);) maps.push_back(line);
  size_t count = 0;
  for (const std::string& line : maps) {
    unsigned long begin = 0;
    unsigned long end = 0;
    const bool is_writable = std::sscanf(line.c_str(), "%lx-%lx", &begin, &end) == 2 && absl::StrContains(line, " rw-p ");
    if (is_writable && end - begin <= kMaxMapSize) count += CountInMap(file, begin, end, disguised);
  }
  close(file);
  return count;
}

}  // namespace signet::hsm
