#ifndef SIGNET_TESTS_TESTING_AWAIT_H_
#define SIGNET_TESTS_TESTING_AWAIT_H_

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace signet::testing {

// Asks `condition` again and again until it holds; false if it does not within a minute. For what nobody announces, such as what
// another process writes to a file; what this process does is waited for by a CondVar.
template <typename Condition>
bool Await(Condition condition) {
  const absl::Time end = absl::Now() + absl::Minutes(1);
  for (; !condition(); absl::SleepFor(absl::Milliseconds(1))) {
    if (absl::Now() > end) return false;
  }
  return true;
}

}  // namespace signet::testing

#endif  // SIGNET_TESTS_TESTING_AWAIT_H_
