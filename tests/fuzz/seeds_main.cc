// Runs a fuzz target over its seeds without a fuzzer: each of them whole, and its beginning at every length up to 4 KiB. So any
// compiler holds the target to compile, and its invariants to hold where inputs are nearly right.
// Usage: seeds_test FOLDER

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "tests/fuzz/fuzz.h"

namespace {

constexpr size_t kLongestCut = 4096;

// What runs: the seed's path, and how many of its bytes. For the report of a crash.
const char* running_seed = "";
size_t running_size = 0;

void ReportCrash(int signal_number) {
  std::fprintf(stderr, "signal %d with the first %zu bytes of %s\n", signal_number, running_size, running_seed);
  std::signal(signal_number, SIG_DFL);
  std::raise(signal_number);
}

void Run(const std::string& seed, size_t size) {
  running_size = size;
  // In memory of exactly this size, so that a sanitizer sees a byte read behind it; as libFuzzer has it, never null.
  const std::unique_ptr<char[]> input(new char[size]);
  std::copy_n(seed.data(), size, input.get());
  signet::fuzz::TestOneInput({input.get(), size});
}

void RunSeed(const std::string& path) {
  running_seed = path.c_str();
  std::ifstream file(path, std::ios::binary);
  const std::string seed{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  for (size_t size = 0; size < std::min(seed.size(), kLongestCut); ++size) Run(seed, size);
  Run(seed, seed.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return EXIT_FAILURE;
  for (const int signal_number : {SIGABRT, SIGSEGV, SIGFPE}) std::signal(signal_number, ReportCrash);
  int seeds = 0;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
    RunSeed(entry.path().string());
    ++seeds;
  }
  std::printf("%d seeds\n", seeds);
  return seeds > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
