#ifndef SIGNET_TESTS_TESTING_CPU_TIME_H_
#define SIGNET_TESTS_TESTING_CPU_TIME_H_

#include <sys/types.h>

#include "absl/time/time.h"

namespace signet::testing {

// User and system time that a process has used so far, of threads that have ended, too; zero if there is no such process.
absl::Duration ProcessCpuTime(pid_t pid);

}  // namespace signet::testing

#endif  // SIGNET_TESTS_TESTING_CPU_TIME_H_
