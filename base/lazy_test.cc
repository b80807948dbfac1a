#include "base/lazy.h"

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "gtest/gtest.h"

namespace signet {
namespace {

TEST(Lazy, MakesItsValueOnce) {
  const Lazy<std::string> lazy;
  int made = 0;
  const auto make = [&made] { return std::string(++made, 'x'); };
  EXPECT_EQ(lazy.Get(make), "x");
  EXPECT_EQ(lazy.Get(make), "x");
  EXPECT_EQ(made, 1);
}

TEST(Lazy, ACopyMakesItsOwn) {
  const Lazy<std::string> lazy;
  lazy.Get([] { return std::string("one"); });
  const Lazy<std::string> copy = lazy;
  EXPECT_EQ(copy.Get([] { return std::string("two"); }), "two");
  EXPECT_EQ(lazy.Get([] { return std::string("three"); }), "one");
}

TEST(Lazy, AllThreadsGetTheSame) {
  for (int round = 0; round < 100; ++round) {
    const Lazy<std::string> lazy;
    std::atomic<int> ready = 0;
    Mutex mutex;
    std::set<const std::string*> seen;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        ++ready;
        while (ready < 4) std::this_thread::yield();
        const std::string& value = lazy.Get([t] { return std::string(100, static_cast<char>('a' + t)); });
        MutexLock lock(mutex);
        seen.insert(&value);
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(seen.size(), 1u);
  }
}

}  // namespace
}  // namespace signet
